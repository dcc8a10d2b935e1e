package convert

import (
	"cmp"
	"iter"
	"math"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// Result is the converted policies, and what could not be converted.
type Result struct {
	Tiers    []rules.Tier
	Problems []rules.Problem
	Gaps     []rules.Gap // what was left out
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
