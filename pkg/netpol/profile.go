package netpol

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/bits"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/rules"
)

// profile is what the policies that select a class allow it in one direction.
// Classes selected by the same policies share it.
type profile struct {
	policies []int32          // in the order of evaluation; empty: not isolated
	names    portNames        // of the classes, where the policies' rules ask for them
	local    map[RuleID]reach // of rules that are not for all of the classes
	classes  []int32
	// parts divide entities by what is allowed with them; an entity in no part
	// is allowed rest. Parts that allow as much as rest are not kept.
	parts  []part
	rest   ports.Set
	restID portID
	size   int // entities in parts
}

// part is entities that a profile allows the same ports.
type part struct {
	set   bits.Set
	ports ports.Set
	id    portID
}

// at returns the ports that the profile allows with an entity.
func (p *profile) at(entity int) portID {
	for i := range p.parts {
		if p.parts[i].set.Contains(entity) {
			return p.parts[i].id
		}
	}
	return p.restID
}

// number gives the sets of ports their ids.
func (p *profile) number(o *pool) {
	p.restID = o.id(p.rest)
	for i := range p.parts {
		p.parts[i].id = o.id(p.parts[i].ports)
		p.size += p.parts[i].set.Len()
	}
}

// makeProfiles finds the policies of each class and gives classes with the same
// ones the same profile.
func (p *plane) makeProfiles(e *Engine, d rules.Direction) {
	lists := make([][]int32, len(p.classes))
	for i := range e.prog.policies {
		one := &e.prog.policies[i]
		if !one.Applies[d] {
			continue
		}
		for c := range p.sets.bySelector[one.subject].All() {
			lists[c] = append(lists[c], int32(i))
		}
	}
	seen := make(map[string]int32)
	p.profileOf[d] = make([]int32, len(p.classes))
	var key []byte
	for c, list := range lists {
		key = key[:0]
		for _, i := range list {
			key = binary.LittleEndian.AppendUint32(key, uint32(i))
		}
		key = append(key, '.')
		var local map[RuleID]reach
		key, local = p.narrowed(e, d, c, list, key)
		var names portNames
		if d == rules.Ingress && e.prog.named(list, d) {
			key = binary.LittleEndian.AppendUint32(append(key, 'n'), uint32(p.classes[c].names))
			names = e.names[p.classes[c].names]
		}
		id, ok := seen[string(key)]
		if !ok {
			id = int32(len(p.profiles[d]))
			seen[string(key)] = id
			one := p.evaluate(e, d, list, names, local)
			one.number(e.pool)
			p.profiles[d] = append(p.profiles[d], one)
		}
		p.profileOf[d][c] = id
		p.profiles[d][id].classes = append(p.profiles[d][id].classes, int32(c))
	}
}

// narrowed finds the rules that are not for a class, and appends to key what tells
// it from other classes.
func (p *plane) narrowed(e *Engine, d rules.Direction, class int, policies []int32, key []byte) ([]byte, map[RuleID]reach) {
	var out map[RuleID]reach
	for _, i := range policies {
		if !e.prog.policies[i].narrow[d] {
			continue
		}
		r := e.prog.policies[i].rules[d]
		for id := r[0]; id < r[1]; id++ {
			if len(e.prog.rules[id].local) == 0 {
				continue
			}
			if at := p.sets.reachOf(id, class); at != forAll {
				if out == nil {
					out = make(map[RuleID]reach)
				}
				out[id] = at
				key = binary.LittleEndian.AppendUint32(append(key, byte(at)), uint32(id))
			}
		}
	}
	return key, out
}

// named reports whether a rule of the policies asks for a port by name.
func (p *program) named(policies []int32, d rules.Direction) bool {
	for _, i := range policies {
		r := p.policies[i].rules[d]
		for id := r[0]; id < r[1]; id++ {
			if p.specs[p.rules[id].spec].named() {
				return true
			}
		}
	}
	return false
}

// evaluate works the policies' rules down, tier by tier, for all entities at
// once. names are those of the pods selected, for Ingress.
func (p *plane) evaluate(e *Engine, d rules.Direction, policies []int32, names portNames, local map[RuleID]reach) *profile {
	out := &profile{policies: policies, names: names, local: local, rest: ports.All()}
	if len(policies) == 0 {
		return out
	}
	v := newVerdicts(p.n)
	for at := 0; at < len(policies); {
		tier := e.prog.policies[policies[at]].tier
		end := at
		for end < len(policies) && e.prog.policies[policies[end]].tier == tier {
			end++
		}
		s := &steps{e: e, p: p, d: d, names: names, local: local}
		for _, i := range policies[at:end] {
			r := e.prog.policies[i].rules[d]
			for id := r[0]; id < r[1]; id++ {
				s.add(id, v)
			}
		}
		s.flush(v)
		v.endTier(e.prog.tiers[tier].Default)
		at = end
	}
	out.parts, out.rest = v.result()
	return out
}

// steps gathers rules that follow each other and have the same action: among
// them order is without effect, so peers with the same ports are joined.
type steps struct {
	e      *Engine
	p      *plane
	d      rules.Direction
	names  portNames
	local  map[RuleID]reach
	action rules.Action
	parts  []part // by ports
}

// add works one rule in. Whether it matches may be unknown: an Allow rule then
// does not, and any other denies, which is the safe answer.
func (s *steps) add(id RuleID, v *verdicts) {
	r, set := &s.e.prog.rules[id], s.p.rule(id, s.local)
	if r.Action != rules.Allow {
		if set.opaque {
			s.put(rules.Deny, bits.Full(s.p.n), ports.All(), v)
		}
		s.spread(rules.Deny, set.maybe, r.spec, v)
	}
	s.spread(r.Action, set.yes, r.spec, v)
}

func (s *steps) spread(a rules.Action, set bits.Set, id int32, v *verdicts) {
	s.p.spread(s.e, s.d, s.names, set, id, func(set bits.Set, p ports.Set) { s.put(a, set, p, v) })
}

// spread resolves a rule's ports for the entities in set, on whose port names
// they may depend; for Ingress, names are those of the pods selected.
func (p *plane) spread(e *Engine, d rules.Direction, names portNames, set bits.Set, id int32, visit func(bits.Set, ports.Set)) {
	sp := &e.prog.specs[id]
	switch {
	case set.Empty():
	case !sp.named():
		visit(set, sp.set)
	case d == rules.Ingress:
		visit(set, sp.resolve(names))
	default:
		for _, g := range p.byNames(id) {
			visit(set.And(g.set), g.ports)
		}
	}
}

func (s *steps) put(a rules.Action, set bits.Set, p ports.Set, v *verdicts) {
	if set.Empty() || p.Empty() {
		return
	}
	if a != s.action {
		s.flush(v)
		s.action = a
	}
	for i := range s.parts {
		if s.parts[i].ports == p {
			s.parts[i].set = s.parts[i].set.Or(set)
			return
		}
	}
	s.parts = append(s.parts, part{set: set, ports: p})
}

func (s *steps) flush(v *verdicts) {
	for _, one := range s.parts {
		v.apply(s.action, one.set, one.ports)
	}
	s.parts = s.parts[:0]
}

// byNames returns the division of all entities by what a specification with
// names means there.
func (p *plane) byNames(id int32) []part { return p.sets.specs[id] }

func (p *plane) divideByNames(e *Engine, id int32) {
	sp := &e.prog.specs[id]
	byPort := make(map[ports.Set][]uint32)
	for c := range p.classes {
		set := sp.resolve(e.names[p.classes[c].names])
		byPort[set] = append(byPort[set], uint32(c))
	}
	rest := sp.resolve(nil)
	for i := p.firstHost(); i < p.n; i++ {
		byPort[rest] = append(byPort[rest], uint32(i))
	}
	var groups []part
	for set, ids := range byPort {
		groups = append(groups, part{set: bits.Of(p.n, ids), ports: set})
	}
	slices.SortFunc(groups, func(a, b part) int { return strings.Compare(a.ports.Key(), b.ports.Key()) })
	p.sets.specs[id] = groups
}
