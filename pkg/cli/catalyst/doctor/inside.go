package doctor

import (
	"context"
	"sync"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/doctor"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/enforce"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/live"
)

// insideTimeout bounds what is read of a cluster, in which large lists may come.
const insideTimeout = time.Minute

// examineInside examines the machinery in a cluster.
func (e *examination) examineInside(ctx context.Context, c *magnum.Cluster, groups []magnum.NodeGroup, w access) {
	ctx, cancel := e.Bound(ctx, insideTimeout)
	defer cancel()
	var facts *doctor.Facts
	var policies doctor.Step
	var wg sync.WaitGroup
	wg.Go(func() { facts = doctor.ReadFacts(ctx, w.at.Client(w.as)) })
	wg.Go(func() { policies = enforcement(ctx, w) })
	wg.Wait()
	now := e.Env.Now()
	for _, step := range []doctor.Step{doctor.Nodes(c, facts), doctor.DefaultClass(facts), doctor.CinderCSI(facts), doctor.CloudController(facts, now),
		policies, doctor.Autoscaler(c, groups, facts, now), doctor.AutoHealer(c, facts)} {
		e.report.Add(step)
	}
}

// enforcement asks what network-policy check asks, and no more than the verdict
// needs: where agents on all nodes say that they enforce, pods and policies
// would change nothing.
func enforcement(ctx context.Context, w access) doctor.Step {
	agents := []string{"nodes", "daemonsets", "tigerastatuses.operator.tigera.io"}
	in, err := live.Read(ctx, w.rest(), live.Options{Only: agents})
	if err != nil {
		return doctor.Policies(enforce.Verdict{}, 0, err)
	}
	if v := enforce.VerdictOn(in); v.Verdict == enforce.Enforced {
		return doctor.Policies(v, -1, nil)
	}
	if in, err = live.Read(ctx, w.rest(), live.Options{Only: append(agents, "pods", live.Policies)}); err != nil {
		return doctor.Policies(enforce.Verdict{}, 0, err)
	}
	// What could not be read or understood may be any number of policies.
	n := in.Counts()
	return doctor.Policies(enforce.VerdictOn(in), n.Policies+n.Unclear, nil)
}

// rightsAsked are what `kubectl auth can-i` is asked about in a cluster.
func rightsAsked() []doctor.Right {
	return []doctor.Right{{Verb: "list", Resource: "pods"}, {Verb: "create", Group: "apps", Resource: "deployments"}, {Verb: "list", Resource: "nodes"}}
}

// identify asks the API server whom it takes the user for and what they may do.
// free reports whether it knows them at all.
func (e *examination) identify(ctx context.Context, w access) (step doctor.Step, free bool) {
	switch {
	case w.refused != nil:
		return doctor.Failed("identity", w.refused), false
	case !w.known:
		return doctor.Step{Name: "identity", Verdict: doctor.Unknown, Found: "the cluster does not ask Keystone who you are, and you are not logged in"}, false
	}
	ctx, cancel := e.Bound(ctx, stepTimeout)
	defer cancel()
	api := w.at.Client(w.as)
	user, err := api.WhoAmI(ctx)
	rights := rightsAsked()
	for i := range rights {
		if err == nil {
			rights[i].Allowed, err = api.Allows(ctx, apiserver.Right{Verb: rights[i].Verb, Group: rights[i].Group, Resource: rights[i].Resource, Namespace: "default"})
		}
	}
	return doctor.Rights(user, rights, err), err == nil
}
