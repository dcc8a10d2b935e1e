package probe

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// canaryPort is where the canary's servers listen.
const canaryPort = 8080

// roleLabel tells the canary's servers, which its policy selects, from its clients.
const roleLabel = "catalyst.cloud/canary"

// patience is how often each phase of a canary tries to see what it waits for.
const patience = 15

// Canary proves enforcement itself: what is reachable must become unreachable
// when a policy says so, and reachable again when it is gone.
type Canary struct {
	ID      string
	Options Options
	// Nodes are where a server stands, each reached from the node after it; a
	// single one from itself.
	Nodes []string
}

// The phases of a canary.
const (
	Before = iota // no policy: everything must be reachable
	Under         // a policy denies: nothing may be
	After         // the policy is gone
	phases
)

// expectedEnd is how attempts have to end in a phase.
func expectedEnd(phase int) string {
	if phase == Under {
		return shutOnly
	}
	return openOnly
}

// namespace is the name of the canary's own namespace.
func (c *Canary) namespace() string { return prefix + c.ID }

// options are those of the pods: some of them live through all phases.
func (c *Canary) options() Options {
	o := c.Options
	o.life = (1+phases)*o.connecting(patience) + oneRequest
	return o
}

func (c *Canary) plan() *Plan { return &Plan{ID: c.ID, Options: c.options()} }

// frame is what the pods need: the namespace and a service account in it, which
// is there at once, other than the one that the cluster makes by and by.
func (c *Canary) frame() []*Object {
	no := false
	ns := &Object{APIVersion: "v1", Kind: "Namespace", Metadata: c.plan().meta("", "", nil)}
	account := &Object{APIVersion: "v1", Kind: "ServiceAccount", Metadata: c.plan().meta(c.namespace(), "", nil), Automount: &no}
	return []*Object{ns, account}
}

// serverPods are the pods to be reached, one for each of the nodes.
func (c *Canary) serverPods() []*Object {
	var out []*Object
	for i, node := range c.Nodes {
		command, _ := serve(ports.TCP, canaryPort)
		one := newContainer(c.Options, "server", command)
		one.ReadinessProbe = &readiness{TCPSocket: socket{Port: canaryPort}, PeriodSeconds: 1}
		out = append(out, c.pod("-to-"+strconv.Itoa(i), "server", node, one))
	}
	return out
}

// clientPods are the pods of a phase, one for each of the nodes' servers, which listen
// at those host:port.
func (c *Canary) clientPods(phase int, listening []string) []*Object {
	var out []*Object
	for i := range c.Nodes {
		command := connect(listening[i], ports.TCP, c.Options.Timeout, expectedEnd(phase), patience)
		name := "-phase-" + strconv.Itoa(phase+1) + "-from-" + strconv.Itoa(i)
		out = append(out, c.pod(name, "client", c.from(i), newContainer(c.Options, "client", command)))
	}
	return out
}

// from is the node from which the server on the i-th node is reached.
func (c *Canary) from(i int) string { return c.Nodes[(i+1)%len(c.Nodes)] }

func (c *Canary) pod(suffix, role, node string, one container) *Object {
	m := c.plan().meta(c.namespace(), suffix, map[string]string{roleLabel: role})
	for key, value := range meshLabels {
		m.Annotations[key] = value
	}
	spec := newPodSpec(c.options())
	spec.NodeName, spec.ServiceAccountName = node, c.namespace()
	spec.Containers = []container{one}
	return &Object{APIVersion: "v1", Kind: "Pod", Metadata: m, Spec: spec}
}

// policy lets nothing in to the servers.
func (c *Canary) policy() *Object {
	return &Object{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy", Metadata: c.plan().meta(c.namespace(), "", nil),
		Spec: &kube.NetworkPolicySpec{
			PodSelector: kube.LabelSelector{MatchLabels: map[string]string{roleLabel: "server"}},
			PolicyTypes: []string{"Ingress"},
		}}
}

// Verdict is whether policies are enforced.
type Verdict string

// The verdicts.
const (
	Enforced     Verdict = "enforced"
	NotEnforced  Verdict = "not enforced"
	Inconclusive Verdict = "inconclusive"
)

// Seen is what a canary showed of the node that a server stood on.
type Seen struct {
	Node, From string
	Phases     [phases]Answer
	Verdict    Verdict
	Why        string // of Inconclusive
}

// setVerdict derives the verdict from the phases of one node.
func (s *Seen) setVerdict() {
	before, under, after := s.Phases[Before].Outcome, s.Phases[Under].Outcome, s.Phases[After].Outcome
	s.Verdict = Inconclusive
	switch {
	case before != Open:
		s.Why = "it could not be reached without any policy of the canary's: " + string(before)
	case under == Open:
		s.Verdict = NotEnforced
	case under.Reality() != Denied:
		s.Why = "under the policy connections neither passed nor stopped: " + string(under)
	case after != Open:
		s.Why = "it could not be reached again after the policy was gone, so something else may have stopped connections: " + string(after)
	default:
		s.Verdict = Enforced
	}
}

// Manifests are the objects that RunCanary would create, in order. The policy
// stands before the clients of the phase it is there for.
func (c *Canary) Manifests() []*Object {
	servers := c.serverPods()
	var at []string
	for _, s := range servers {
		at = append(at, "the address of "+nameOf(s)+":"+strconv.Itoa(canaryPort))
	}
	out := append(c.frame(), servers...)
	for phase := range phases {
		if phase == Under {
			out = append(out, c.policy())
		}
		out = append(out, c.clientPods(phase, at)...)
	}
	return out
}

// RunCanary carries a canary through its phases and removes it, also when ctx is
// cancelled in the middle.
func (p *Prober) RunCanary(ctx context.Context, c *Canary) (out []Seen, err error) {
	p.Progress("asking what you may do")
	if err := requireRights(ctx, p.API, canaryRights()); err != nil {
		return nil, err
	}
	if err := p.removeOldCanaries(ctx); err != nil {
		return nil, err
	}
	s := p.session()
	defer func() { err = joinClosing(err, s.close(ctx)) }()
	for _, o := range c.frame() {
		if _, err := s.create(ctx, o); err != nil {
			return nil, err
		}
	}
	pods, err := s.start(ctx, c.serverPods(), c.Options.Start, "starting what listens", (*podObject).listening)
	if err != nil {
		return nil, err
	}
	listening := make([]string, len(pods))
	for i, pod := range pods {
		listening[i] = netip.AddrPortFrom(pod.addresses()[0], canaryPort).String()
	}
	return s.phases(ctx, c, listening)
}

// removeOldCanaries removes the namespaces of canaries that are long over.
func (p *Prober) removeOldCanaries(ctx context.Context) error {
	leftovers, err := p.leftovers(ctx, &Object{APIVersion: "v1", Kind: "Namespace"})
	if apiserver.Is(err, apiserver.Forbidden) {
		return nil
	}
	if err == nil {
		_, err = p.Remove(ctx, leftovers, false)
	}
	return err
}

// phases goes through the phases. A server that cannot be reached to begin with
// does not keep the others from going on.
func (s *session) phases(ctx context.Context, c *Canary, listening []string) ([]Seen, error) {
	out := make([]Seen, len(c.Nodes))
	for i, node := range c.Nodes {
		out[i] = Seen{Node: node, From: c.from(i)}
	}
	policy := c.policy()
	for phase, what := range []string{"connecting without a policy", "connecting under a policy that denies", "connecting after the policy is gone"} {
		switch phase {
		case Under:
			if _, err := s.create(ctx, policy); err != nil {
				return nil, err
			}
		case After:
			if err := s.remove(ctx, policy); err != nil {
				return nil, err
			}
		}
		pods, err := s.start(ctx, c.clientPods(phase, listening), c.Options.connecting(patience), what, (*podObject).ended)
		if err != nil {
			return nil, err
		}
		for i, pod := range pods {
			out[i].Phases[phase] = readAnswer(pod.message("client"), ports.TCP, true)
		}
	}
	for i := range out {
		out[i].setVerdict()
	}
	return out, nil
}

// nodeObject is the part of a Node that reports whether a canary may stand there.
type nodeObject struct {
	Metadata objectMeta `json:"metadata"`
	Spec     struct {
		Unschedulable bool                      `json:"unschedulable"`
		Taints        []struct{ Effect string } `json:"taints"`
	} `json:"spec"`
	Status struct {
		Conditions []struct{ Type, Status string } `json:"conditions"`
	} `json:"status"`
}

// takesOrdinaryPods reports whether ordinary pods run on the node.
func (n *nodeObject) takesOrdinaryPods() bool {
	ready := false
	for _, c := range n.Status.Conditions {
		ready = ready || c.Type == "Ready" && c.Status == "True"
	}
	for _, t := range n.Spec.Taints {
		ready = ready && t.Effect == "PreferNoSchedule"
	}
	return ready && !n.Spec.Unschedulable && n.Metadata.Labels["kubernetes.io/os"] != "windows"
}

// Nodes chooses where a canary stands: the nodes named, or else the first two by
// name that take ordinary pods, or one when there are no two.
func (p *Prober) Nodes(ctx context.Context, named []string) ([]string, error) {
	var all, usual []string
	nodes, err := apiserver.List[nodeObject](ctx, p.API, "/api/v1/nodes")
	if err != nil {
		if len(named) > 0 && apiserver.Is(err, apiserver.Forbidden) {
			return named, nil
		}
		return nil, clierr.WithHint(fmt.Errorf("listing the nodes: %w", err), "name them with --node")
	}
	for i := range nodes {
		all = append(all, nodes[i].Metadata.Name)
		if nodes[i].takesOrdinaryPods() {
			usual = append(usual, nodes[i].Metadata.Name)
		}
	}
	for _, name := range named {
		if !slices.Contains(all, name) {
			return nil, clierr.Errorf("'kubectl get nodes' lists them", "node %q is not there", name)
		}
	}
	if len(named) > 0 {
		return named, nil
	}
	slices.Sort(usual)
	if len(usual) == 0 {
		return nil, clierr.Errorf("name one with --node; 'kubectl get nodes' shows what is wrong with them", "no node is ready and takes ordinary pods")
	}
	return usual[:min(2, len(usual))], nil
}
