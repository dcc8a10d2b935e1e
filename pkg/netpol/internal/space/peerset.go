package space

import "github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/bits"

// PeerSet is the entities that a rule's peers match, and those of which that
// cannot be known for want of their address. They do not overlap. Its operations
// are those of a logic in which maybe stays maybe until the other operand decides.
type PeerSet struct {
	Yes, Maybe bits.Set
	Opaque     bool // the rule has a peer that nobody here can evaluate
}

func (s PeerSet) or(t PeerSet) PeerSet {
	yes := s.Yes.Or(t.Yes)
	return PeerSet{Yes: yes, Maybe: s.Maybe.Or(t.Maybe).Minus(yes), Opaque: s.Opaque || t.Opaque}
}

func (s PeerSet) and(t PeerSet) PeerSet {
	yes := s.Yes.And(t.Yes)
	return PeerSet{Yes: yes, Maybe: s.Possible().And(t.Possible()).Minus(yes), Opaque: s.Opaque || t.Opaque}
}

func (s PeerSet) minus(t PeerSet) PeerSet {
	yes := s.Yes.Minus(t.Possible())
	return PeerSet{Yes: yes, Maybe: s.Possible().Minus(t.Yes).Minus(yes), Opaque: s.Opaque || t.Opaque}
}

// Possible returns the entities that are matched or may be.
func (s PeerSet) Possible() bits.Set { return s.Yes.Or(s.Maybe) }

// unsure turns every yes into maybe; n is the number of entities.
func (s PeerSet) unsure(n int) PeerSet {
	return PeerSet{Yes: bits.None(n), Maybe: s.Possible(), Opaque: s.Opaque}
}
