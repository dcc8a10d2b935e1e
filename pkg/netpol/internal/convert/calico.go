package convert

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// DefaultTier is Calico's tier for its policies that name none. NetworkPolicies
// of Kubernetes stand in it, at networkOrder.
const DefaultTier = "default"

// Where Calico puts the policies of Kubernetes' APIs (libcalico-go's conversion,
// and DefaultTierOrder, AdminNetworkPolicyTierOrder and
// BaselineAdminNetworkPolicyTierOrder of its API).
const (
	networkOrder      = 1000
	adminTierOrder    = 1_000
	defaultTierOrder  = 1_000_000
	baselineTierOrder = 10_000_000
)

// wellKnown returns which of the three tiers of Kubernetes' APIs a name stands
// for; those are there without a Tier object.
func wellKnown(name string) (tier int, known bool) {
	switch name {
	case "", DefaultTier:
		return 1, true
	case "adminnetworkpolicy", "kube-admin":
		return 0, true
	case "baselineadminnetworkpolicy", "kube-baseline":
		return 2, true
	}
	return 0, false
}

// addCalico adds Calico's policies to the tiers of Kubernetes' APIs.
func addCalico(objects *kube.Objects, base Result) Result {
	if len(objects.CalicoPolicies)+len(objects.Tiers) == 0 {
		return base
	}
	c := newCalicoIndex(objects)
	t := c.layers(objects, base.Tiers)
	out := Result{Problems: append(base.Problems, c.problems...)}
	for i := range objects.CalicoPolicies {
		p := &objects.CalicoPolicies[i]
		r := &calicoReader{reader: reader{ref: p.Ref(), origin: p.Origin}, index: c, policy: p}
		one, enforced := r.convert()
		out.Problems = append(out.Problems, r.problems...)
		out.Gaps = append(out.Gaps, r.gaps...)
		if !enforced {
			continue
		}
		if l := t.find(p.Spec.Tier); l != nil {
			l.add(one, policyKey(p))
			continue
		}
		out.Gaps = append(out.Gaps, rules.Gap{Ref: p.Ref(), Origin: p.Origin,
			Message: "spec.tier: there is no Tier named \"" + clip(p.Spec.Tier) + "\" among the objects, so where the policy stands is not known; it is left out"})
	}
	out.Problems = append(out.Problems, duplicatePolicies(objects)...)
	out.Tiers = t.sorted()
	return out
}

// duplicatePolicies reports second policies of one name, enforced or not.
func duplicatePolicies(objects *kube.Objects) []rules.Problem {
	list := make([]rules.Policy, len(objects.CalicoPolicies))
	for i := range objects.CalicoPolicies {
		list[i] = rules.Policy{Ref: objects.CalicoPolicies[i].Ref(), Origin: objects.CalicoPolicies[i].Origin}
	}
	return duplicates(list)
}

// policyKey returns the text by which Calico sorts policies of one order.
func policyKey(p *kube.CalicoPolicy) string {
	name := p.Meta.Name
	if _, _, dotted := strings.Cut(name, "."); !dotted {
		name = DefaultTier + "." + name
	}
	if p.Meta.Namespace != "" {
		return p.Meta.Namespace + "/" + name
	}
	return name
}

// layer is a tier in the making.
type layer struct {
	tier  rules.Tier
	order float64
	name  string   // by which tiers of one order are sorted
	keys  []string // by policy
}

func (l *layer) add(p rules.Policy, key string) {
	l.tier.Policies = append(l.tier.Policies, p)
	l.keys = append(l.keys, key)
}

// layers is all tiers; the first three are those of Kubernetes' APIs.
type layers struct {
	list   []*layer
	byName map[string]*layer
}

func (c *calicoIndex) layers(objects *kube.Objects, base []rules.Tier) *layers {
	t := &layers{byName: make(map[string]*layer)}
	orders := []float64{adminTierOrder, defaultTierOrder, baselineTierOrder}
	names := []string{"adminnetworkpolicy", DefaultTier, "baselineadminnetworkpolicy"}
	prefixes := []string{"kanp.adminnetworkpolicy.", "knp.default.", "kbanp.baselineadminnetworkpolicy."}
	for i := range base {
		l := &layer{tier: base[i], order: orders[i], name: names[i]}
		l.tier.Policies = nil
		l.tier.Ordered = true
		for _, p := range base[i].Policies {
			key := prefixes[i] + p.Ref.Name
			if p.Ref.Kind == "NetworkPolicy" {
				p.Priority, key = networkOrder, p.Ref.Namespace+"/"+key
			}
			l.add(p, key)
		}
		t.list = append(t.list, l)
	}
	t.list[1].tier.Name, t.list[1].tier.ByName = DefaultTier, true
	c.readTiers(objects, t)
	return t
}

// readTiers adds the Tier objects. Those that Calico makes itself are there
// already; only what may be changed about them is read.
func (c *calicoIndex) readTiers(objects *kube.Objects, t *layers) {
	for i := range objects.Tiers {
		o := &objects.Tiers[i]
		r := &reader{ref: o.Ref(), origin: o.Origin}
		action, order := rules.Deny, math.Inf(1)
		switch o.Spec.DefaultAction {
		case "", "Deny":
		case "Pass":
			action = rules.Pass
		default:
			r.refuse("spec.defaultAction", "%q is not a default action; want Deny or Pass", clip(o.Spec.DefaultAction))
		}
		if o.Spec.Order != nil {
			order = *o.Spec.Order
		}
		if _, known := wellKnown(o.Meta.Name); !known {
			if first := t.byName[o.Meta.Name]; first != nil {
				r.fail(rules.CodeDuplicate, "metadata.name", "a second object of this name")
			}
			l := &layer{order: order, name: o.Meta.Name, tier: rules.Tier{Name: o.Meta.Name, Default: action, Ordered: true, ByName: true}}
			t.byName[l.name] = l
			t.list = append(t.list, l)
		}
		c.problems = append(c.problems, r.problems...)
	}
}

// find returns the tier that a policy names; nil when there is none.
func (t *layers) find(name string) *layer {
	if i, known := wellKnown(name); known {
		return t.list[i]
	}
	return t.byName[name]
}

// sorted returns the tiers in the order of evaluation, with their policies.
func (t *layers) sorted() []rules.Tier {
	slices.SortStableFunc(t.list, func(a, b *layer) int {
		return cmp.Or(cmp.Compare(a.order, b.order), strings.Compare(a.name, b.name))
	})
	out := make([]rules.Tier, len(t.list))
	for i, l := range t.list {
		at := make([]int, len(l.keys))
		for j := range at {
			at[j] = j
		}
		ps := l.tier.Policies
		slices.SortStableFunc(at, func(a, b int) int {
			return cmp.Or(cmp.Compare(ps[a].Priority, ps[b].Priority), strings.Compare(l.keys[a], l.keys[b]))
		})
		out[i] = l.tier
		out[i].Policies = make([]rules.Policy, len(at))
		for j, k := range at {
			out[i].Policies[j] = ps[k]
		}
	}
	return out
}
