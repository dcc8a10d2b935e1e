package verdict

import (
	"maps"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// PortID names a set of ports within a pool.
type PortID int32

// The sets that every pool begins with.
const (
	noPorts PortID = iota
	AllPorts
)

// PortPool numbers sets of ports and caches how they combine.
type PortPool struct {
	sets []ports.Set
	ids  map[ports.Set]PortID
	meet map[[2]PortID]PortID
	join map[[2]PortID]PortID
}

func newPortPool() *PortPool {
	p := &PortPool{ids: make(map[ports.Set]PortID), meet: make(map[[2]PortID]PortID), join: make(map[[2]PortID]PortID)}
	p.id(ports.Set{})
	p.id(ports.All())
	return p
}

func (p *PortPool) id(s ports.Set) PortID {
	id, ok := p.ids[s]
	if !ok {
		id = PortID(len(p.sets))
		p.ids[s] = id
		p.sets = append(p.sets, s)
	}
	return id
}

// Fork returns a PortPool that knows the same sets and grows on its own.
func (p *PortPool) Fork() *PortPool {
	return &PortPool{sets: slices.Clone(p.sets), ids: maps.Clone(p.ids),
		meet: make(map[[2]PortID]PortID), join: make(map[[2]PortID]PortID)}
}

// And returns the ports that are in both.
func (p *PortPool) And(a, b PortID) PortID {
	switch {
	case a == b || b == AllPorts:
		return a
	case a == AllPorts:
		return b
	case a == noPorts || b == noPorts:
		return noPorts
	}
	out, ok := p.meet[[2]PortID{a, b}]
	if !ok {
		out = p.id(p.sets[a].Intersect(p.sets[b]))
		p.meet[[2]PortID{a, b}] = out
	}
	return out
}

// Or returns the ports that are in one of them.
func (p *PortPool) Or(a, b PortID) PortID {
	switch {
	case a == b || b == noPorts || a == AllPorts:
		return a
	case a == noPorts || b == AllPorts:
		return b
	}
	out, ok := p.join[[2]PortID{a, b}]
	if !ok {
		out = p.id(p.sets[a].Union(p.sets[b]))
		p.join[[2]PortID{a, b}] = out
	}
	return out
}

// Ports returns the set that an id names.
func (p *PortPool) Ports(id PortID) ports.Set { return p.sets[id] }
