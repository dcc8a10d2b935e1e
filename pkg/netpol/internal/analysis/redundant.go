package analysis

import (
	"iter"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/bits"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/program"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/space"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/verdict"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// Redundancy is a rule without which every answer about the present objects
// stays the same.
type Redundancy struct {
	Rule program.RuleRef
	// By are rules of the same tier that together take all of its traffic. Empty
	// when it has none: its policy selects nothing, or its peers or ports match
	// nothing.
	By []program.RuleRef
	// Shadowed reports whether By come first and decide otherwise, so that the rule
	// never has its effect.
	Shadowed bool
}

// Redundant yields the rules that change nothing about the present objects, the
// last ones first: of two equal rules the later is redundant. Rules in a
// direction that does not apply are not among them, see RuleInfo.Dead.
func Redundant(m *verdict.Model) iter.Seq[Redundancy] {
	return func(yield func(Redundancy) bool) {
		s := &search{prog: m.Program, users: profileUsers(m), gone: make(map[program.RuleID]bool), groups: make(map[user][]cover)}
		for id := program.RuleID(len(m.Program.Rules)) - 1; id >= 0; id-- {
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
	prog  *program.Program
	users [2][][]user
	gone  map[program.RuleID]bool // found redundant already: they cover nothing
	// groups are the rules of a profile, those alike together: of thousands of
	// rules few differ.
	groups map[user][]cover
}

// cover is rules of one tier and action with the same peers and ports.
type cover struct {
	kind  coverKind
	rules []program.RuleID
}

type coverKind struct {
	tier       int32
	dir        rules.Direction
	list, spec int32
	action     rules.Action
	reach      space.Reach
}

// user is a profile that a policy takes part in.
type user struct {
	view    *verdict.View
	profile *verdict.Profile
}

// profileUsers returns, by Direction and policy, the profiles it takes part in.
func profileUsers(m *verdict.Model) [2][][]user {
	var out [2][][]user
	for d := range out {
		out[d] = make([][]user, len(m.Program.Policies))
		for _, v := range m.Views {
			for _, one := range v.Profiles[d] {
				for _, i := range one.Policies {
					out[d][i] = append(out[d][i], user{v, one})
				}
			}
		}
	}
	return out
}

// redundant reports whether a rule is covered by others wherever it is used.
func (s *search) redundant(id program.RuleID) (Redundancy, bool) {
	r := &s.prog.Rules[id]
	out := Redundancy{Rule: s.prog.RuleRef(id)}
	if !s.prog.Policies[r.Policy].Applies[r.Direction] || r.Split {
		return out, false
	}
	var by []program.RuleID
	beyond := false // it matches protocols that nothing is known of here
	for _, u := range s.users[r.Direction][r.Policy] {
		set := u.view.Matched(id, u.profile.Local)
		if set.Opaque || !set.Maybe.Empty() {
			return out, false
		}
		if r.Beyond && !set.Yes.Empty() {
			beyond = true
		}
		more, ok := s.covered(u, id)
		if !ok {
			return out, false
		}
		by = append(by, more...)
	}
	slices.Sort(by)
	if beyond && (len(by) == 0 || slices.ContainsFunc(by, func(q program.RuleID) bool { return !s.prog.Rules[q].Beyond })) {
		return out, false
	}
	for _, q := range slices.Compact(by) {
		out.By = append(out.By, s.prog.RuleRef(q))
		out.Shadowed = out.Shadowed || s.prog.Rules[q].Action != r.Action
	}
	return out, true
}

func (s *search) kind(u user, id program.RuleID) coverKind {
	r := &s.prog.Rules[id]
	return coverKind{s.prog.Policies[r.Policy].Tier, r.Direction, u.view.ListOf[id], r.Spec, r.Action, u.profile.Local[id]}
}

// covers returns the groups of the rules of a profile in one direction.
func (s *search) covers(u user, d rules.Direction) []cover {
	if out, ok := s.groups[u]; ok {
		return out
	}
	at := make(map[coverKind]int)
	var out []cover
	for _, i := range u.profile.Policies {
		span := s.prog.Policies[i].Span[d]
		for id := span[0]; id < span[1]; id++ {
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
func (s *search) covered(u user, id program.RuleID) (by []program.RuleID, ok bool) {
	kind := s.kind(u, id)
	remaining := s.pieces(u, id, nil)
	if len(remaining) == 0 {
		return nil, true
	}
	groups := s.covers(u, kind.dir)
	for _, g := range groups {
		if q, ok := s.firstCover(g, id); ok && g.kind == kind {
			return []program.RuleID{q}, true
		}
	}
	for _, g := range groups {
		q, ok := s.firstCover(g, id)
		if !ok || g.kind.tier != kind.tier {
			continue
		}
		before := remaining
		if remaining = s.without(u, remaining, q); !samePieces(remaining, before) {
			by = append(by, q)
		}
		if len(remaining) == 0 {
			return by, true
		}
	}
	return by, false
}

// firstCover returns the first rule of a group that may cover another.
func (s *search) firstCover(g cover, id program.RuleID) (program.RuleID, bool) {
	for _, q := range g.rules {
		if s.prog.Tiers[g.kind.tier].Ordered && q > id {
			return 0, false
		}
		if q != id && !s.gone[q] {
			return q, true
		}
	}
	return 0, false
}

// pieces appends what a rule matches, by ports.
func (s *search) pieces(u user, id program.RuleID, out []verdict.Part) []verdict.Part {
	r := &s.prog.Rules[id]
	u.view.EachPorts(r.Direction, u.profile.Names, u.view.Matched(id, u.profile.Local).Yes, r.Spec,
		func(set bits.Set, p ports.Set) {
			if !set.Empty() && !p.Empty() {
				out = append(out, verdict.Part{Set: set, Ports: p})
			}
		})
	return out
}

// without returns remaining without what a rule matches.
func (s *search) without(u user, remaining []verdict.Part, id program.RuleID) []verdict.Part {
	if !meets(remaining, u.view.Matched(id, u.profile.Local).Yes) {
		return remaining
	}
	for _, cut := range s.pieces(u, id, nil) {
		var next []verdict.Part
		for _, l := range remaining {
			rest := l.Ports.Minus(cut.Ports)
			if rest == l.Ports || !l.Set.Meets(cut.Set) {
				next = append(next, l)
				continue
			}
			next = appendPart(next, l.Set.Minus(cut.Set), l.Ports)
			next = appendPart(next, l.Set.And(cut.Set), rest)
		}
		remaining = next
	}
	return remaining
}

func meets(remaining []verdict.Part, set bits.Set) bool {
	return slices.ContainsFunc(remaining, func(l verdict.Part) bool { return l.Set.Meets(set) })
}

func appendPart(out []verdict.Part, set bits.Set, p ports.Set) []verdict.Part {
	if set.Empty() || p.Empty() {
		return out
	}
	return append(out, verdict.Part{Set: set, Ports: p})
}

// samePieces reports whether two divisions of the same origin are the same.
func samePieces(a, b []verdict.Part) bool {
	return slices.EqualFunc(a, b, func(x, y verdict.Part) bool {
		return x.Ports == y.Ports && x.Set.Len() == y.Set.Len()
	})
}
