package netpol

import (
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/bits"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/rules"
)

// state is how far the decision on some entities has come: the ports allowed so
// far, those no rule has decided, and those this tier passes on.
type state struct{ allowed, open, passed ports.Set }

func (s state) apply(a rules.Action, p ports.Set) state {
	hit := s.open.Intersect(p)
	s.open = s.open.Minus(p)
	switch a {
	case rules.Allow:
		s.allowed = s.allowed.Union(hit)
	case rules.Pass:
		s.passed = s.passed.Union(hit)
	}
	return s
}

func (s state) endTier(def rules.Action) state {
	if def == rules.Deny {
		s.open = ports.Set{}
	}
	s.open, s.passed = s.open.Union(s.passed), ports.Set{}
	return s
}

// verdicts divides all entities by state, and works the rules into it. Most
// entities are in no rule: their state is kept once, for all that are untouched.
type verdicts struct {
	n         int
	untouched state
	touched   bits.Set
	order     []state // of the keys of parts, so that answers are repeatable
	parts     map[state]bits.Set
}

func newVerdicts(n int) *verdicts {
	return &verdicts{n: n, untouched: state{open: ports.All()}, touched: bits.None(n),
		parts: make(map[state]bits.Set)}
}

func put(order []state, parts map[state]bits.Set, s state, set bits.Set) []state {
	if set.Empty() {
		return order
	}
	old, ok := parts[s]
	if !ok {
		parts[s] = set
		return append(order, s)
	}
	parts[s] = old.Or(set)
	return order
}

// apply lets a rule act on a set of entities.
func (v *verdicts) apply(a rules.Action, set bits.Set, p ports.Set) {
	next := make(map[state]bits.Set, len(v.parts)+1)
	var order []state
	for _, s := range v.order {
		old := v.parts[s]
		to := s.apply(a, p)
		if to == s {
			order = put(order, next, s, old)
			continue
		}
		in := old.And(set)
		order = put(order, next, to, in)
		if in.Len() < old.Len() {
			order = put(order, next, s, old.Minus(set))
		}
	}
	if !v.touched.IsFull() {
		order = put(order, next, v.untouched.apply(a, p), set.Minus(v.touched))
		v.touched = v.touched.Or(set)
	}
	v.order, v.parts = order, next
}

// endTier applies the default of a tier that has a say.
func (v *verdicts) endTier(def rules.Action) {
	next := make(map[state]bits.Set, len(v.parts))
	var order []state
	for _, s := range v.order {
		order = put(order, next, s.endTier(def), v.parts[s])
	}
	v.order, v.parts = order, next
	v.untouched = v.untouched.endTier(def)
}

// result returns the parts whose ports differ from those of the rest.
func (v *verdicts) result() ([]part, ports.Set) {
	rest := v.untouched.allowed.Union(v.untouched.open)
	byPort := make(map[ports.Set]int)
	var out []part
	for _, s := range v.order {
		all := s.allowed.Union(s.open)
		if all == rest {
			continue
		}
		if at, ok := byPort[all]; ok {
			out[at].set = out[at].set.Or(v.parts[s])
			continue
		}
		byPort[all] = len(out)
		out = append(out, part{set: v.parts[s], ports: all})
	}
	return out, rest
}
