package verdict

import "github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"

// outgoing returns the egress profile of a source; nil when no policy applies.
func (v *View) outgoing(source int) *Profile {
	one := v.Profile(source, rules.Egress)
	if one == nil || len(one.Policies) == 0 {
		return nil
	}
	return one
}

// EachDestination visits every class and host that a class or host may open a
// connection to, with the ports; each destination once.
func (v *View) EachDestination(source int, pool *PortPool, visit func(destination int, allowed PortID)) {
	if source < len(v.Classes) && v.Classes[source].Absent {
		return
	}
	out := v.outgoing(source)
	v.eachHost(out, visit)
	in, profileOf := v.Profiles[rules.Ingress], v.profileOf[rules.Ingress]
	x := v.index()
	if out != nil && out.restID == noPorts && out.size < x.base+len(x.sparseParts(source)) {
		for i := range out.Parts {
			for b := range out.Parts[i].Set.Between(0, len(v.Classes)) {
				if admitted := in[profileOf[b]].At(source); admitted != noPorts {
					v.visitClass(b, pool.And(out.Parts[i].id, admitted), visit)
				}
			}
		}
		return
	}
	each := func(profile int32, admitted PortID) {
		for _, b := range in[profile].Classes {
			allowed := admitted
			if out != nil {
				allowed = pool.And(out.At(int(b)), admitted)
			}
			v.visitClass(int(b), allowed, visit)
		}
	}
	for _, i := range x.catchAll {
		each(i, in[i].At(source))
	}
	for _, at := range x.sparseParts(source) {
		each(at.profile, in[at.profile].Parts[at.part].id)
	}
	for _, at := range x.dense {
		if one := &in[at.profile].Parts[at.part]; one.Set.Contains(source) {
			each(at.profile, one.id)
		}
	}
}

func (v *View) visitClass(b int, allowed PortID, visit func(int, PortID)) {
	if allowed != noPorts && !v.Classes[b].Absent {
		visit(b, allowed)
	}
}

// eachHost visits the hosts: no policy applies at their end.
func (v *View) eachHost(out *Profile, visit func(int, PortID)) {
	for i := range v.Hosts {
		allowed := AllPorts
		if out != nil {
			allowed = out.At(v.FirstHost() + i)
		}
		if allowed != noPorts {
			visit(v.FirstHost()+i, allowed)
		}
	}
}
