package netpol

import (
	"iter"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/bits"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/rules"
)

// Redundant yields the rules that change nothing about the present objects, the
// last ones first: of two equal rules the later is redundant. Rules in a
// direction that does not apply are not among them, see RuleInfo.Dead.
func (e *Engine) Redundant() iter.Seq[Redundancy] {
	return func(yield func(Redundancy) bool) {
		s := &search{e: e, users: e.users(), gone: make(map[RuleID]bool), groups: make(map[user][]cover)}
		for id := RuleID(len(e.prog.rules)) - 1; id >= 0; id-- {
			if r, ok := s.redundant(id); ok {
				s.gone[id] = true
				if !yield(r) {
					return
				}
			}
		}
	}
}

// search looks for redundant rules.
type search struct {
	e     *Engine
	users [2][][]user
	gone  map[RuleID]bool // found redundant already: they cover nothing
	// groups are the rules of a profile, those alike together: of thousands of
	// rules few differ.
	groups map[user][]cover
}

// cover is rules of one tier and action with the same peers and ports.
type cover struct {
	kind  coverKind
	rules []RuleID
}

type coverKind struct {
	tier       int32
	dir        rules.Direction
	list, spec int32
	action     rules.Action
	reach      reach
}

// user is a profile that a policy takes part in.
type user struct {
	plane   *plane
	profile *profile
}

// users returns, by Direction and policy, the profiles it takes part in.
func (e *Engine) users() [2][][]user {
	var out [2][][]user
	for d := range out {
		out[d] = make([][]user, len(e.prog.policies))
		for _, p := range e.planes {
			for _, one := range p.profiles[d] {
				for _, i := range one.policies {
					out[d][i] = append(out[d][i], user{p, one})
				}
			}
		}
	}
	return out
}

// redundant reports whether a rule is covered by others wherever it is used.
func (s *search) redundant(id RuleID) (Redundancy, bool) {
	r := &s.e.prog.rules[id]
	out := Redundancy{Rule: s.e.ruleRef(id)}
	if !s.e.prog.policies[r.policy].Applies[r.dir] || r.part {
		return out, false
	}
	var by []RuleID
	beyond := false // it matches protocols that nothing is known of here
	for _, u := range s.users[r.dir][r.policy] {
		set := u.plane.rule(id, u.profile.local)
		if set.opaque || !set.maybe.Empty() {
			return out, false
		}
		if r.Beyond && !set.yes.Empty() {
			beyond = true
		}
		more, ok := s.covered(u, id)
		if !ok {
			return out, false
		}
		by = append(by, more...)
	}
	slices.Sort(by)
	if beyond && (len(by) == 0 || slices.ContainsFunc(by, func(q RuleID) bool { return !s.e.prog.rules[q].Beyond })) {
		return out, false
	}
	for _, q := range slices.Compact(by) {
		out.By = append(out.By, s.e.ruleRef(q))
		out.Shadowed = out.Shadowed || s.e.prog.rules[q].Action != r.Action
	}
	return out, true
}

func (s *search) kind(u user, id RuleID) coverKind {
	r := &s.e.prog.rules[id]
	return coverKind{s.e.prog.policies[r.policy].tier, r.dir, u.plane.sets.listOf[id], r.spec, r.Action, u.profile.local[id]}
}

// covers returns the groups of the rules of a profile in one direction.
func (s *search) covers(u user, d rules.Direction) []cover {
	if out, ok := s.groups[u]; ok {
		return out
	}
	at := make(map[coverKind]int)
	var out []cover
	for _, i := range u.profile.policies {
		r := s.e.prog.policies[i].rules[d]
		for id := r[0]; id < r[1]; id++ {
			kind := s.kind(u, id)
			n, ok := at[kind]
			if !ok {
				n = len(out)
				at[kind] = n
				out = append(out, cover{kind: kind})
			}
			out[n].rules = append(out[n].rules, id)
		}
	}
	s.groups[u] = out
	return out
}

// covered reports whether other rules of the tier take all that a rule matches in
// one profile, and which: any others where order is without effect, else those
// before it.
func (s *search) covered(u user, id RuleID) (by []RuleID, ok bool) {
	mine := s.kind(u, id)
	left := s.pieces(u, id, nil)
	if len(left) == 0 {
		return nil, true
	}
	groups := s.covers(u, mine.dir)
	for _, g := range groups {
		if q, ok := s.alive(g, id); ok && g.kind == mine {
			return []RuleID{q}, true
		}
	}
	for _, g := range groups {
		q, ok := s.alive(g, id)
		if !ok || g.kind.tier != mine.tier {
			continue
		}
		before := left
		if left = s.without(u, left, q); !equal(left, before) {
			by = append(by, q)
		}
		if len(left) == 0 {
			return by, true
		}
	}
	return by, false
}

// alive returns the first rule of a group that may cover another.
func (s *search) alive(g cover, id RuleID) (RuleID, bool) {
	for _, q := range g.rules {
		if s.e.prog.tiers[g.kind.tier].Ordered && q > id {
			return 0, false
		}
		if q != id && !s.gone[q] {
			return q, true
		}
	}
	return 0, false
}

// pieces appends what a rule matches, by ports.
func (s *search) pieces(u user, id RuleID, out []part) []part {
	r := &s.e.prog.rules[id]
	u.plane.spread(s.e, r.dir, u.profile.names, u.plane.rule(id, u.profile.local).yes, r.spec,
		func(set bits.Set, p ports.Set) {
			if !set.Empty() && !p.Empty() {
				out = append(out, part{set: set, ports: p})
			}
		})
	return out
}

// without takes what a rule matches out of left.
func (s *search) without(u user, left []part, id RuleID) []part {
	if !meets(left, u.plane.rule(id, u.profile.local).yes) {
		return left
	}
	for _, cut := range s.pieces(u, id, nil) {
		var next []part
		for _, l := range left {
			rest := l.ports.Minus(cut.ports)
			if rest == l.ports || !l.set.Meets(cut.set) {
				next = append(next, l)
				continue
			}
			next = appendPart(next, l.set.Minus(cut.set), l.ports)
			next = appendPart(next, l.set.And(cut.set), rest)
		}
		left = next
	}
	return left
}

func meets(left []part, set bits.Set) bool {
	return slices.ContainsFunc(left, func(l part) bool { return l.set.Meets(set) })
}

func appendPart(out []part, set bits.Set, p ports.Set) []part {
	if set.Empty() || p.Empty() {
		return out
	}
	return append(out, part{set: set, ports: p})
}

// equal reports whether two divisions of the same origin are the same.
func equal(a, b []part) bool {
	return slices.EqualFunc(a, b, func(x, y part) bool {
		return x.ports == y.ports && x.set.Len() == y.set.Len()
	})
}
