package space

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/bits"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/program"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// FamilyView is one address family's view of the cluster: its entities, and which
// of them every selector and rule matches.
type FamilyView struct {
	*setTable
	ByRule []PeerSet // by program.RuleID
	ListOf []int32   // by rule: equal for rules with the same peers
	Local  []PeerSet // by rule: the classes it is for; only of rules with a Local

	prog   *program.Program
	names  []program.PortNames
	groups map[int32][]portGroup // by port specification with names
}

// portGroup is entities at which a port specification means the same ports.
type portGroup struct {
	set   bits.Set
	ports ports.Set
}

func newFamilyView(s *Space, family addr.Family, v *vocabulary, order []int32, podCIDRs, cuts []netip.Prefix) *FamilyView {
	e := newEntities(s.Inventory, s.nameOf, family, v, order, cuts)
	table := newSetTable(e, s.Program, v, podCIDRs)
	e.refine(table.eachRowSet)
	table.lift()
	f := &FamilyView{setTable: table, prog: s.Program, names: s.names, groups: make(map[int32][]portGroup)}
	f.resolveRules()
	for i := range s.Program.Specs {
		if s.Program.Specs[i].HasNames() {
			f.groupByNames(int32(i))
		}
	}
	return f
}

// PortNames returns the port names of an entity: those of a class of pods, none
// of a host or of addresses.
func (f *FamilyView) PortNames(entity int) program.PortNames {
	if entity >= len(f.Classes) {
		return nil
	}
	return f.names[f.Classes[entity].Names]
}

// Reach is how far a rule that is not for all pods selected is for a class.
type Reach uint8

// The reaches.
const (
	ForAll  Reach = iota
	ForSome       // it cannot be known, for want of an address
	ForNone
)

// ReachOf returns how far a rule is for a class.
func (f *FamilyView) ReachOf(id program.RuleID, class int) Reach {
	set := &f.Local[id]
	switch {
	case set.Yes.Contains(class):
		return ForAll
	case set.Maybe.Contains(class):
		return ForSome
	}
	return ForNone
}

// Matched returns the entities that a rule matches for the classes of a profile,
// of which local is the profile's.
func (f *FamilyView) Matched(id program.RuleID, local map[program.RuleID]Reach) PeerSet {
	set := f.ByRule[id]
	if len(local) == 0 {
		return set
	}
	switch local[id] {
	case ForNone:
		return f.none()
	case ForSome:
		return set.unsure(f.N)
	}
	return set
}

// EachPorts resolves a port specification for the entities in set, on whose port
// names it may depend; for Ingress, names are those of the pods selected.
func (f *FamilyView) EachPorts(d rules.Direction, names program.PortNames, set bits.Set, spec int32, visit func(bits.Set, ports.Set)) {
	s := &f.prog.Specs[spec]
	switch {
	case set.Empty():
	case !s.HasNames():
		visit(set, s.Set)
	case d == rules.Ingress:
		visit(set, s.Resolve(names))
	default:
		for _, g := range f.groups[spec] {
			visit(set.And(g.set), g.ports)
		}
	}
}

// groupByNames divides all entities by what a specification with names means
// there.
func (f *FamilyView) groupByNames(spec int32) {
	s := &f.prog.Specs[spec]
	byPort := make(map[ports.Set][]uint32)
	for c := range f.Classes {
		set := s.Resolve(f.PortNames(c))
		byPort[set] = append(byPort[set], uint32(c))
	}
	rest := s.Resolve(nil)
	for i := f.FirstHost(); i < f.N; i++ {
		byPort[rest] = append(byPort[rest], uint32(i))
	}
	var groups []portGroup
	for set, ids := range byPort {
		groups = append(groups, portGroup{set: bits.Of(f.N, ids), ports: set})
	}
	slices.SortFunc(groups, func(a, b portGroup) int { return strings.Compare(a.ports.Key(), b.ports.Key()) })
	f.groups[spec] = groups
}

// resolveRules finds what every rule's peers match. Rules with the same peers
// share it.
func (f *FamilyView) resolveRules() {
	lists := make(map[string]int32)
	var sets []PeerSet
	f.ByRule = make([]PeerSet, len(f.prog.Rules))
	f.ListOf = make([]int32, len(f.prog.Rules))
	var key []byte
	for i := range f.prog.Rules {
		key = f.appendKey(key[:0], program.RuleID(i))
		id, ok := lists[string(key)]
		if !ok {
			id = int32(len(sets))
			lists[string(key)] = id
			sets = append(sets, f.matchRule(program.RuleID(i)))
		}
		f.ByRule[i], f.ListOf[i] = sets[id], id
	}
	f.resolveLocal()
}

// resolveLocal finds which classes the rules are for that are not for all of
// those their policy selects.
func (f *FamilyView) resolveLocal() {
	seen := make(map[string]PeerSet)
	var key []byte
	for i := range f.prog.Rules {
		r := &f.prog.Rules[i]
		if len(r.Local) == 0 {
			continue
		}
		if f.Local == nil {
			f.Local = make([]PeerSet, len(f.prog.Rules))
		}
		key = f.appendPeer(key[:0], &r.Local[0])
		set, ok := seen[string(key)]
		if !ok {
			set = f.MatchPeer(&r.Local[0])
			seen[string(key)] = set
		}
		f.Local[i] = set
	}
}

// appendKey appends a text that is equal for rules with the same peers.
func (f *FamilyView) appendKey(b []byte, id program.RuleID) []byte {
	r := &f.prog.Rules[id]
	if r.Unsure != "" {
		b = append(b, 'u')
	}
	if r.Any {
		return append(b, '*')
	}
	for _, block := range f.ruleBlocks[id] {
		b = binary.LittleEndian.AppendUint32(b, uint32(block))
	}
	for i := range r.Peers {
		if !r.Peers[i].AddressOnly() { // those are in the rule's blocks
			b = f.appendPeer(b, &r.Peers[i])
		}
	}
	return b
}

func (f *FamilyView) appendPeer(b []byte, q *program.Peer) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(q.PodsID))
	b = binary.LittleEndian.AppendUint32(b, uint32(q.NotPodsID))
	for _, id := range f.blocksIn(q) {
		b = binary.LittleEndian.AppendUint32(b, uint32(id))
	}
	if q.Unknown != "" {
		b = append(b, '?')
	}
	return append(b, ',')
}

func (f *FamilyView) matchRule(id program.RuleID) PeerSet {
	r := &f.prog.Rules[id]
	out := f.none()
	if r.Any {
		out = f.full()
	}
	for i := range r.Peers {
		switch q := &r.Peers[i]; {
		case q.Unknown != "":
			out.Opaque = true
		case !q.AddressOnly():
			out = out.or(f.MatchPeer(q))
		}
	}
	for _, block := range f.ruleBlocks[id] {
		if block >= 0 {
			out = out.or(f.inBlock(&f.blocks[block]))
		}
	}
	if r.Unsure != "" {
		return out.unsure(f.N)
	}
	return out
}

// MatchPeer returns the entities that one peer matches with all of its parts.
func (f *FamilyView) MatchPeer(q *program.Peer) PeerSet {
	ids := f.blocksIn(q)
	out := f.none()
	switch {
	case q.Pods != nil:
		out = f.endpoints(q.PodsID, ids[1])
	case q.NotPods != nil || ids[0] >= 0:
		out = f.full()
	}
	if ids[0] >= 0 {
		out = out.and(f.inBlock(&f.blocks[ids[0]]))
	}
	if q.NotPods != nil {
		out = out.minus(f.endpoints(q.NotPodsID, ids[2]))
	}
	return out
}

// endpoints returns what a selector stands for: pods by label, network sets by
// their addresses.
func (f *FamilyView) endpoints(id program.SelectorID, sets int32) PeerSet {
	out := PeerSet{Yes: f.BySelector[id], Maybe: bits.None(f.N)}
	if sets >= 0 {
		return out.or(f.inBlock(&f.blocks[sets]))
	}
	return out
}

func (f *FamilyView) none() PeerSet { return PeerSet{Yes: bits.None(f.N), Maybe: bits.None(f.N)} }

func (f *FamilyView) full() PeerSet { return PeerSet{Yes: bits.Full(f.N), Maybe: bits.None(f.N)} }
