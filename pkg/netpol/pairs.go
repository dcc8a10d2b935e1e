package netpol

import (
	"sync"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/rules"
)

// admission tells which ingress profiles let an entity in: the transposed view
// of their parts, so that only allowed pairs are ever visited.
type admission struct {
	once  sync.Once
	thin  [][]admit // by entity that can be a source: parts that are lists
	dense []admit   // parts that are fields of bits, to be tested
	open  []int32   // profiles whose rest is not empty
}

// admit is a part of an ingress profile.
type admit struct{ profile, part int32 }

// admissions returns the transposed view, made on first use.
func (p *plane) admissions() *admission {
	a := &p.admit
	a.once.Do(func() {
		a.thin = make([][]admit, p.firstAtom())
		for i, one := range p.profiles[rules.Ingress] {
			if !one.rest.Empty() {
				a.open = append(a.open, int32(i))
				continue
			}
			for j := range one.parts {
				at := admit{int32(i), int32(j)}
				if s := one.parts[j].set; s.IsFull() || s.Dense() {
					a.dense = append(a.dense, at)
					continue
				}
				for entity := range one.parts[j].set.Between(0, p.firstAtom()) {
					a.thin[entity] = append(a.thin[entity], at)
				}
			}
		}
	})
	return a
}

// meeter intersects sets of ports, remembering what it has done.
type meeter map[[2]ports.Set]ports.Set

func (m meeter) meet(a, b ports.Set) ports.Set {
	if a == b {
		return a
	}
	key := [2]ports.Set{a, b}
	out, ok := m[key]
	if !ok {
		out = a.Intersect(b)
		m[key] = out
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
func (p *plane) reach(source int, m meeter, visit func(destination int, allowed ports.Set)) {
	if source < len(p.classes) && p.classes[source].absent {
		return
	}
	out := p.outgoing(source)
	p.reachHosts(out, visit)
	in := p.profiles[rules.Ingress]
	if out != nil && out.rest.Empty() && p.narrow(out) {
		for i := range out.parts {
			for b := range out.parts[i].set.Between(0, len(p.classes)) {
				allowed := m.meet(out.parts[i].ports, in[p.profileOf[rules.Ingress][b]].at(source))
				p.found(b, allowed, visit)
			}
		}
		return
	}
	each := func(profile int32, admitted ports.Set) {
		for _, b := range in[profile].classes {
			allowed := admitted
			if out != nil {
				allowed = m.meet(out.at(int(b)), admitted)
			}
			p.found(int(b), allowed, visit)
		}
	}
	a := p.admissions()
	for _, i := range a.open {
		each(i, in[i].at(source))
	}
	for _, at := range a.thin[source] {
		each(at.profile, in[at.profile].parts[at.part].ports)
	}
	for _, at := range a.dense {
		if one := &in[at.profile].parts[at.part]; one.set.Contains(source) {
			each(at.profile, one.ports)
		}
	}
}

// narrow tells whether it is cheaper to visit what the profile lets out than
// what lets the source in.
func (p *plane) narrow(out *profile) bool {
	n := 0
	for i := range out.parts {
		n += out.parts[i].set.Len()
	}
	return n <= 2*len(p.profiles[rules.Ingress])
}

func (p *plane) found(b int, allowed ports.Set, visit func(int, ports.Set)) {
	if !allowed.Empty() && !p.classes[b].absent {
		visit(b, allowed)
	}
}

// reachHosts visits the hosts: no policy applies at their end.
func (p *plane) reachHosts(out *profile, visit func(int, ports.Set)) {
	for i := range p.hosts {
		allowed := ports.All()
		if out != nil {
			allowed = out.at(p.firstHost() + i)
		}
		if !allowed.Empty() {
			visit(p.firstHost()+i, allowed)
		}
	}
}
