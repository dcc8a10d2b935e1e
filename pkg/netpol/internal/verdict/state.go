package verdict

import (
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/bits"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
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

// share is entities in one state.
type share struct {
	state state
	set   bits.Set
}

// Part is entities that are allowed the same ports.
type Part struct {
	Set   bits.Set
	Ports ports.Set
	id    PortID
}

// verdicts divides all entities by state, and works the rules into it. Most
// entities are in no rule: their state is stored once, for all that are untouched.
// States are few, so they are searched one by one.
type verdicts struct {
	untouched state
	touched   bits.Set
	shares    []share
	next      []share // the other buffer
}

func newVerdicts(n int) verdicts {
	return verdicts{untouched: state{open: ports.All()}, touched: bits.None(n)}
}

// add adds entities to those in a state.
func (v *verdicts) add(s state, set bits.Set) {
	if set.Empty() {
		return
	}
	for i := range v.next {
		if v.next[i].state == s {
			v.next[i].set = v.next[i].set.Or(set)
			return
		}
	}
	v.next = append(v.next, share{s, set})
}

// swapBuffers makes what was added the current division.
func (v *verdicts) swapBuffers() { v.shares, v.next = v.next, v.shares[:0] }

// apply lets a rule act on a set of entities.
func (v *verdicts) apply(a rules.Action, set bits.Set, p ports.Set) {
	for _, old := range v.shares {
		to := old.state.apply(a, p)
		if to == old.state || !old.set.Meets(set) {
			v.add(old.state, old.set)
			continue
		}
		v.add(to, old.set.And(set))
		v.add(old.state, old.set.Minus(set))
	}
	if !v.touched.IsFull() {
		v.add(v.untouched.apply(a, p), set.Minus(v.touched))
		v.touched = v.touched.Or(set)
	}
	v.swapBuffers()
}

// endTier applies the default of a tier of which a policy applies.
func (v *verdicts) endTier(def rules.Action) {
	for _, s := range v.shares {
		v.add(s.state.endTier(def), s.set)
	}
	v.swapBuffers()
	v.untouched = v.untouched.endTier(def)
}

// result returns the parts whose ports differ from those of the rest.
func (v *verdicts) result() ([]Part, ports.Set) {
	rest := v.untouched.allowed.Union(v.untouched.open)
	var out []Part
	for _, s := range v.shares {
		all := s.state.allowed.Union(s.state.open)
		if all == rest {
			continue
		}
		at := slices.IndexFunc(out, func(p Part) bool { return p.Ports == all })
		if at >= 0 {
			out[at].Set = out[at].Set.Or(s.set)
			continue
		}
		out = append(out, Part{Set: s.set, Ports: all})
	}
	return out, rest
}

// anyOpen reports whether anything is left for the next rule to decide.
func (v *verdicts) anyOpen() bool {
	if !v.touched.IsFull() && !v.untouched.open.Empty() {
		return true
	}
	return slices.ContainsFunc(v.shares, func(s share) bool { return !s.state.open.Empty() })
}
