package netpol

import (
	"sync"

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
