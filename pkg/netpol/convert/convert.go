package convert

import (
	"cmp"
	"fmt"
	"iter"
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

// Policy is one policy, converted.
type Policy struct {
	Tier     string // AdminTier, NetworkTier or BaselineTier
	Rules    rules.Policy
	Problems []rules.Problem
}

// Policies puts converted policies into the tiers of Kubernetes' APIs, and where
// they are in force those of Calico, which it converts, into theirs. With
// problems, the tiers are not to be used: a policy that cannot be read must not
// turn into an answer.
func Policies(objects *kube.Objects, o Options, converted iter.Seq[Policy]) Result {
	tiers := []rules.Tier{
		{Name: AdminTier, Default: rules.Pass, Ordered: true},
		{Name: NetworkTier, Default: rules.Deny, Policies: make([]rules.Policy, 0, len(objects.NetworkPolicies))},
		{Name: BaselineTier, Default: rules.Pass, Ordered: true},
	}
	var problems []rules.Problem
	for p := range converted {
		at := slices.IndexFunc(tiers, func(t rules.Tier) bool { return t.Name == p.Tier })
		tiers[at].Policies = append(tiers[at].Policies, p.Rules)
		problems = append(problems, p.Problems...)
	}
	for i := range tiers {
		sortPolicies(tiers[i].Policies)
		problems = append(problems, duplicates(tiers[i].Policies)...)
	}
	out := Result{Tiers: tiers, Problems: problems}
	if o.Calico {
		return addCalico(objects, out)
	}
	return out
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

func newReader(p kube.Object) *reader {
	_, origin := p.Head()
	return &reader{ref: p.Ref(), origin: *origin}
}

func (r *reader) done(tier string, p rules.Policy) Policy {
	return Policy{Tier: tier, Rules: p, Problems: r.problems}
}

func (r *reader) refuse(path, format string, args ...any) {
	r.fail(rules.CodeInvalid, path, format, args...)
}

func (r *reader) fail(code, path, format string, args ...any) {
	r.problems = append(r.problems, rules.Problem{Ref: r.ref, Origin: r.origin,
		Path: path, Code: code, Message: fmt.Sprintf(format, args...)})
}
