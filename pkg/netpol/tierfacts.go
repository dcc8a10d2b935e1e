package netpol

import (
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/convert"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/rules"
)

// CNI returns whose reading of the rules the engine was made for. Calico's own
// policies count under Calico only.
func (e *Engine) CNI() CNI { return e.cni }

// Unreached is a policy none of whose rules ever gets to decide: for every pod it
// selects, what comes before has decided on all of TCP, UDP and SCTP.
type Unreached struct {
	Policy PolicyRef
	// By is the policy that leaves nothing; zero where the default of Tier does.
	By   PolicyRef
	Tier string
}

// TierDenial is a tier whose default denies pods what a later tier has policies
// for.
type TierDenial struct {
	Tier      string
	Direction Direction
	Policies  []PolicyRef // of the tier, that apply to the pods
	Pods      []int       // indexes into Objects.Pods, sorted
}

// Tiers tells what the order of tiers and policies does that their authors may
// not have meant.
func (e *Engine) Tiers() ([]Unreached, []TierDenial) {
	w := &tierWalk{e: e, reached: make([]bool, len(e.prog.policies)), closed: make(map[int32]Unreached),
		denials: make(map[tierSide]*TierDenial)}
	if slices.ContainsFunc(e.prog.tiers, func(t rules.Tier) bool { return t.ByName }) {
		for _, p := range e.planes {
			for d := range p.profiles {
				for _, one := range p.profiles[d] {
					w.walk(p, rules.Direction(d), one)
				}
			}
		}
	}
	return w.result()
}

// tierSide is a tier in one direction.
type tierSide struct {
	tier int32
	dir  Direction
}

// tierWalk goes through the policies of each profile and watches what is left.
type tierWalk struct {
	e       *Engine
	reached []bool
	closed  map[int32]Unreached // by policy that was not reached somewhere
	denials map[tierSide]*TierDenial
}

func (w *tierWalk) walk(p *plane, d Direction, one *profile) {
	v := newVerdicts(p.n)
	var by Unreached
	for at := 0; at < len(one.policies); {
		tier, end := w.e.tierEnd(one.policies, at)
		for _, i := range one.policies[at:end] {
			if !v.open() {
				w.miss(i, d, by)
				continue
			}
			w.reached[i] = w.reached[i] || w.hasRules(i, d)
			w.e.work(p, d, one, i, v)
			if !v.open() {
				by = Unreached{By: w.e.policyRef(i)}
			}
		}
		if t := &w.e.prog.tiers[tier]; t.Default == rules.Deny && v.open() {
			by = Unreached{Tier: t.Name}
			w.deny(p, d, tier, one, at, end)
		}
		v.endTier(w.e.prog.tiers[tier].Default)
		at = end
	}
}

func (w *tierWalk) hasRules(policy int32, d Direction) bool {
	r := w.e.prog.policies[policy].rules[d]
	return r[0] < r[1]
}

func (w *tierWalk) miss(policy int32, d Direction, by Unreached) {
	if _, told := w.closed[policy]; !told && w.hasRules(policy, d) {
		by.Policy = w.e.policyRef(policy)
		w.closed[policy] = by
	}
}

// deny notes the default of a tier, unless it is one where everybody expects it,
// or nothing comes behind it.
func (w *tierWalk) deny(p *plane, d Direction, tier int32, one *profile, at, end int) {
	name := w.e.prog.tiers[tier].Name
	if end == len(one.policies) || name == convert.DefaultTier || name == convert.NetworkTier {
		return
	}
	key := tierSide{tier, d}
	t := w.denials[key]
	if t == nil {
		t = &TierDenial{Tier: name, Direction: d}
		w.denials[key] = t
	}
	for _, i := range one.policies[at:end] {
		if ref := w.e.policyRef(i); !slices.Contains(t.Policies, ref) {
			t.Policies = append(t.Policies, ref)
		}
	}
	for _, c := range one.classes {
		for _, r := range p.classes[c].rows {
			for _, i := range p.rows.members[r] {
				t.Pods = append(t.Pods, int(i))
			}
		}
	}
}

func (w *tierWalk) result() ([]Unreached, []TierDenial) {
	var unreached []Unreached
	for i := range w.e.prog.policies {
		if u, ok := w.closed[int32(i)]; ok && !w.reached[i] {
			unreached = append(unreached, u)
		}
	}
	var denials []TierDenial
	for tier := range w.e.prog.tiers {
		for _, d := range []Direction{Egress, Ingress} {
			if t := w.denials[tierSide{int32(tier), d}]; t != nil {
				slices.Sort(t.Pods)
				t.Pods = slices.Compact(t.Pods)
				denials = append(denials, *t)
			}
		}
	}
	return unreached, denials
}

// work lets the rules of one policy act.
func (e *Engine) work(p *plane, d Direction, one *profile, policy int32, v *verdicts) {
	s := &steps{e: e, p: p, d: d, names: one.names, local: one.local}
	r := e.prog.policies[policy].rules[d]
	for id := r[0]; id < r[1]; id++ {
		s.add(id, v)
	}
	s.flush(v)
}

// open reports whether anything is left for the next rule.
func (v *verdicts) open() bool {
	if !v.touched.IsFull() && !v.untouched.open.Empty() {
		return true
	}
	return slices.ContainsFunc(v.shares, func(s share) bool { return !s.state.open.Empty() })
}
