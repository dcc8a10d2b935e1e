// Package convert turns policies into tiers of rules: the API's defaults applied,
// its validation repeated, nothing evaluated. Kubernetes' own policies come first;
// Calico's join their tiers, and bring more.
package convert

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/rules"
)

// The tiers of Kubernetes' APIs, in the order of evaluation.
const (
	AdminTier    = "Admin"
	NetworkTier  = "NetworkPolicy"
	BaselineTier = "Baseline"
)

// Options is what the conversion needs to know about the data plane.
type Options struct {
	// BlockPods reports whether an ipBlock of a NetworkPolicy matches pods and
	// nodes by their address.
	BlockPods bool
	// Calico reports whether Calico's own policies are in force.
	Calico bool
}

// Result is what became of the policies.
type Result struct {
	Tiers    []rules.Tier
	Problems []rules.Problem
	Gaps     []rules.Gap // what was left out
}

// Policies converts every policy of objects. With problems, the tiers are not to
// be used: a policy that cannot be read must not turn into an answer.
func Policies(objects *kube.Objects, o Options) Result {
	out := kubernetes(objects, o)
	if o.Calico {
		return calico(objects, out)
	}
	return out
}

// kubernetes converts the policies of Kubernetes' APIs.
func kubernetes(objects *kube.Objects, o Options) Result {
	admin := rules.Tier{Name: AdminTier, Default: rules.Pass, Ordered: true}
	network := rules.Tier{Name: NetworkTier, Default: rules.Deny}
	baseline := rules.Tier{Name: BaselineTier, Default: rules.Pass, Ordered: true}
	var all []rules.Problem
	collect := func(tier *rules.Tier, p rules.Policy, r *reader) {
		tier.Policies = append(tier.Policies, p)
		all = append(all, r.problems...)
	}
	network.Policies = make([]rules.Policy, 0, len(objects.NetworkPolicies))
	for i := range objects.NetworkPolicies {
		p := &objects.NetworkPolicies[i]
		r := &reader{ref: p.Ref(), origin: p.Origin}
		collect(&network, r.networkPolicy(p, o), r)
	}
	for i := range objects.AdminNetworkPolicies {
		p := &objects.AdminNetworkPolicies[i]
		r := &reader{ref: p.Ref(), origin: p.Origin}
		collect(&admin, r.adminPolicy(p), r)
	}
	for i := range objects.BaselineAdminNetworkPolicies {
		p := &objects.BaselineAdminNetworkPolicies[i]
		r := &reader{ref: p.Ref(), origin: p.Origin}
		collect(&baseline, r.baselinePolicy(p), r)
	}
	for i := range objects.ClusterNetworkPolicies {
		p := &objects.ClusterNetworkPolicies[i]
		r := &reader{ref: p.Ref(), origin: p.Origin}
		tier := &admin
		if p.Spec.Tier == BaselineTier {
			tier = &baseline
		}
		collect(tier, r.clusterPolicy(p), r)
	}
	tiers := []rules.Tier{admin, network, baseline}
	for i := range tiers {
		sortPolicies(tiers[i].Policies)
		all = append(all, duplicates(tiers[i].Policies)...)
	}
	return Result{Tiers: tiers, Problems: all}
}

// lastPriority is that of a BaselineAdminNetworkPolicy, which has none: it is
// the older API, so whatever names a priority goes first.
const lastPriority = math.MaxInt32

// sortPolicies orders by priority, then by name so that answers are repeatable.
func sortPolicies(ps []rules.Policy) {
	slices.SortStableFunc(ps, func(a, b rules.Policy) int {
		return cmp.Or(
			cmp.Compare(a.Priority, b.Priority),
			cmp.Compare(a.Ref.Namespace, b.Ref.Namespace),
			cmp.Compare(a.Ref.Name, b.Ref.Name),
			cmp.Compare(a.Ref.Kind, b.Ref.Kind))
	})
}

// duplicates reports each policy that was already there: which of them the
// cluster would hold depends on what is applied last.
func duplicates(ps []rules.Policy) []rules.Problem {
	seen := make(map[kube.Ref]kube.Origin, len(ps))
	var out []rules.Problem
	for i := range ps {
		p := &ps[i]
		if first, ok := seen[p.Ref]; ok {
			msg := "a second object of this name"
			if at := first.String(); at != "" {
				msg += "; the first is in " + at
			}
			out = append(out, rules.Problem{Ref: p.Ref, Origin: p.Origin,
				Path: "metadata.name", Code: rules.CodeDuplicate, Message: msg})
			continue
		}
		seen[p.Ref] = p.Origin
	}
	return out
}

// reader converts one policy and gathers what is wrong with it.
type reader struct {
	ref      kube.Ref
	origin   kube.Origin
	problems []rules.Problem
}

func (r *reader) refuse(path, format string, args ...any) {
	r.fail(rules.CodeInvalid, path, format, args...)
}

func (r *reader) fail(code, path, format string, args ...any) {
	r.problems = append(r.problems, rules.Problem{Ref: r.ref, Origin: r.origin,
		Path: path, Code: code, Message: fmt.Sprintf(format, args...)})
}
