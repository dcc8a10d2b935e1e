package netpol

import (
	"maps"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// portID names a set of ports within a pool.
type portID int32

// The sets that every pool begins with.
const (
	noPorts portID = iota
	allPorts
)

// pool numbers sets of ports and remembers how they combine.
type pool struct {
	sets []ports.Set
	ids  map[ports.Set]portID
	meet map[[2]portID]portID
	join map[[2]portID]portID
}

func newPool() *pool {
	o := &pool{ids: make(map[ports.Set]portID), meet: make(map[[2]portID]portID), join: make(map[[2]portID]portID)}
	o.id(ports.Set{})
	o.id(ports.All())
	return o
}

func (o *pool) id(s ports.Set) portID {
	id, ok := o.ids[s]
	if !ok {
		id = portID(len(o.sets))
		o.ids[s] = id
		o.sets = append(o.sets, s)
	}
	return id
}

// fork returns a pool that knows the same sets and grows on its own.
func (o *pool) fork() *pool {
	return &pool{sets: slices.Clone(o.sets), ids: maps.Clone(o.ids),
		meet: make(map[[2]portID]portID), join: make(map[[2]portID]portID)}
}

// and returns the ports that are in both.
func (o *pool) and(a, b portID) portID {
	switch {
	case a == b || b == allPorts:
		return a
	case a == allPorts:
		return b
	case a == noPorts || b == noPorts:
		return noPorts
	}
	out, ok := o.meet[[2]portID{a, b}]
	if !ok {
		out = o.id(o.sets[a].Intersect(o.sets[b]))
		o.meet[[2]portID{a, b}] = out
	}
	return out
}

// or returns the ports that are in one of them.
func (o *pool) or(a, b portID) portID {
	switch {
	case a == b || b == noPorts || a == allPorts:
		return a
	case a == noPorts || b == allPorts:
		return b
	}
	out, ok := o.join[[2]portID{a, b}]
	if !ok {
		out = o.id(o.sets[a].Union(o.sets[b]))
		o.join[[2]portID{a, b}] = out
	}
	return out
}
