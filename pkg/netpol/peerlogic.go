package netpol

import "github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/bits"

// A peerSet answers yes, maybe or no for each entity. Its operations are those of
// a logic in which maybe stays maybe until the other side settles it.

func (s peerSet) or(t peerSet) peerSet {
	yes := s.yes.Or(t.yes)
	return peerSet{yes: yes, maybe: s.maybe.Or(t.maybe).Minus(yes), opaque: s.opaque || t.opaque}
}

func (s peerSet) and(t peerSet) peerSet {
	yes := s.yes.And(t.yes)
	return peerSet{yes: yes, maybe: s.possible().And(t.possible()).Minus(yes), opaque: s.opaque || t.opaque}
}

func (s peerSet) minus(t peerSet) peerSet {
	yes := s.yes.Minus(t.possible())
	return peerSet{yes: yes, maybe: s.possible().Minus(t.yes).Minus(yes), opaque: s.opaque || t.opaque}
}

func (s peerSet) possible() bits.Set { return s.yes.Or(s.maybe) }

// unsure turns every yes into maybe; n is the number of entities.
func (s peerSet) unsure(n int) peerSet {
	return peerSet{yes: bits.None(n), maybe: s.possible(), opaque: s.opaque}
}

// reach is how far a rule is for the classes of a profile.
type reach uint8

const (
	forAll  reach = iota
	forSome       // it cannot be known, for want of an address
	forNone
)

// reachOf tells how far a rule is for a class.
func (t *setTable) reachOf(id RuleID, class int) reach {
	set := &t.local[id]
	switch {
	case set.yes.Contains(class):
		return forAll
	case set.maybe.Contains(class):
		return forSome
	}
	return forNone
}

// rule returns the entities that a rule matches for the classes of a profile.
func (p *plane) rule(id RuleID, local map[RuleID]reach) peerSet {
	set := p.sets.byRule[id]
	if len(local) == 0 {
		return set
	}
	switch local[id] {
	case forNone:
		return p.sets.none()
	case forSome:
		return set.unsure(p.n)
	}
	return set
}
