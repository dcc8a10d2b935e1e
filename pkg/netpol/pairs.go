package netpol

import (
	"maps"
	"slices"
	"sync"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/rules"
)

// admission tells which ingress profiles let an entity in: the transposed view
// of their parts, so that only allowed pairs are ever visited.
type admission struct {
	once  sync.Once
	start []int32 // by entity: where its entries in thin begin
	thin  []admit // parts that are lists
	dense []admit // parts that are fields of bits, to be tested
	open  []int32 // profiles whose rest is not empty
	base  int     // classes of the open profiles, and dense parts
}

// admit is a part of an ingress profile.
type admit struct{ profile, part int32 }

// of returns the thin parts that an entity is in.
func (a *admission) of(entity int) []admit { return a.thin[a.start[entity]:a.start[entity+1]] }

// admissions returns the transposed view, made on first use.
func (p *plane) admissions() *admission {
	p.admit.once.Do(func() { p.admit.fill(p) })
	return &p.admit
}

func (a *admission) fill(p *plane) {
	var thin []admit
	for i, one := range p.profiles[rules.Ingress] {
		if one.restID != noPorts {
			a.open = append(a.open, int32(i))
			a.base += len(one.classes)
			continue
		}
		for j := range one.parts {
			at := admit{int32(i), int32(j)}
			if s := one.parts[j].set; s.IsFull() || s.Dense() {
				a.dense = append(a.dense, at)
				a.base++
			} else {
				thin = append(thin, at)
			}
		}
	}
	a.transpose(p, thin)
}

// transpose counts first, so that all entries lie in one list.
func (a *admission) transpose(p *plane, thin []admit) {
	n := p.firstAtom()
	each := func(visit func(entity int, at admit)) {
		for _, at := range thin {
			for entity := range p.profiles[rules.Ingress][at.profile].parts[at.part].set.Between(0, n) {
				visit(entity, at)
			}
		}
	}
	a.start = make([]int32, n+2)
	each(func(entity int, _ admit) { a.start[entity+2]++ })
	for i := 2; i < len(a.start); i++ {
		a.start[i] += a.start[i-1]
	}
	a.thin = make([]admit, a.start[len(a.start)-1])
	each(func(entity int, at admit) {
		a.thin[a.start[entity+1]] = at
		a.start[entity+1]++
	})
}

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

// outgoing returns the egress profile of a source; nil when no policy applies.
func (p *plane) outgoing(source int) *profile {
	if source >= len(p.classes) {
		return nil
	}
	one := p.profiles[rules.Egress][p.profileOf[rules.Egress][source]]
	if len(one.policies) == 0 {
		return nil
	}
	return one
}

// reach visits every class and host that a class or host may open a connection
// to, with the ports; each destination once.
func (p *plane) reach(source int, o *pool, visit func(destination int, allowed portID)) {
	if source < len(p.classes) && p.classes[source].absent {
		return
	}
	out := p.outgoing(source)
	p.reachHosts(out, visit)
	in, profileOf := p.profiles[rules.Ingress], p.profileOf[rules.Ingress]
	a := p.admissions()
	if out != nil && out.restID == noPorts && out.size < a.base+len(a.of(source)) {
		for i := range out.parts {
			for b := range out.parts[i].set.Between(0, len(p.classes)) {
				if admitted := in[profileOf[b]].at(source); admitted != noPorts {
					p.found(b, o.and(out.parts[i].id, admitted), visit)
				}
			}
		}
		return
	}
	each := func(profile int32, admitted portID) {
		for _, b := range in[profile].classes {
			allowed := admitted
			if out != nil {
				allowed = o.and(out.at(int(b)), admitted)
			}
			p.found(int(b), allowed, visit)
		}
	}
	for _, i := range a.open {
		each(i, in[i].at(source))
	}
	for _, at := range a.of(source) {
		each(at.profile, in[at.profile].parts[at.part].id)
	}
	for _, at := range a.dense {
		if one := &in[at.profile].parts[at.part]; one.set.Contains(source) {
			each(at.profile, one.id)
		}
	}
}

func (p *plane) found(b int, allowed portID, visit func(int, portID)) {
	if allowed != noPorts && !p.classes[b].absent {
		visit(b, allowed)
	}
}

// reachHosts visits the hosts: no policy applies at their end.
func (p *plane) reachHosts(out *profile, visit func(int, portID)) {
	for i := range p.hosts {
		allowed := allPorts
		if out != nil {
			allowed = out.at(p.firstHost() + i)
		}
		if allowed != noPorts {
			visit(p.firstHost()+i, allowed)
		}
	}
}
