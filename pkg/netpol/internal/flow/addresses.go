package flow

import (
	"net/netip"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/verdict"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// Range is addresses from First to Last, both included, of one family.
type Range struct {
	First, Last netip.Addr
}

// String returns "first-last".
func (r Range) String() string { return r.First.String() + "-" + r.Last.String() }

// RangePorts is what one pod and a range may exchange in one direction.
type RangePorts struct {
	Range Range
	Ports ports.Set
}

// External returns what a pod and the addresses outside may exchange: for
// Ingress from where it can be reached, for Egress what it can reach. Ranges are
// maximal, disjoint and sorted; those without any port are left out.
func External(m *verdict.Model, pod int, d rules.Direction) []RangePorts {
	var out []RangePorts
	var buf atomPorts
	for _, v := range m.Views {
		if entity := v.EntityOf(pod); entity >= 0 {
			out = append(out, buf.external(v, []Member{{Entity: int32(entity)}}, d)...)
		}
	}
	return out
}

// atomPorts adds up the ports that members of a unit and each atom may exchange.
// Its buffers are used again and again.
type atomPorts struct{ sum, one []ports.Set }

// external returns what any of the members and the addresses may exchange.
func (b *atomPorts) external(v *verdict.View, members []Member, d rules.Direction) []RangePorts {
	b.sumPorts(v, members, d)
	return joinAtoms(v, b.sum)
}

// sumPorts sets sum to what any of the members and each atom may exchange.
func (b *atomPorts) sumPorts(v *verdict.View, members []Member, d rules.Direction) {
	for i, m := range members {
		one := v.Profile(int(m.Entity), d)
		into := &b.sum
		if i > 0 {
			into = &b.one
		}
		*into = appendAddressPorts((*into)[:0], v, one)
		if i > 0 {
			for a := range b.sum {
				b.sum[a] = b.sum[a].Union(b.one[a])
			}
		}
	}
}

// appendAddressPorts appends what a profile allows with each atom.
func appendAddressPorts(out []ports.Set, v *verdict.View, one *verdict.Profile) []ports.Set {
	rest := ports.All()
	if one != nil {
		rest = one.Rest
	}
	for range v.Atoms.Len() {
		out = append(out, rest)
	}
	if one == nil {
		return out
	}
	for i := range one.Parts {
		for atom := range one.Parts[i].Set.Between(v.FirstAtom(), v.N) {
			out[atom-v.FirstAtom()] = one.Parts[i].Ports
		}
	}
	return out
}

// joinAtoms joins neighbouring atoms with the same ports.
func joinAtoms(v *verdict.View, byAtom []ports.Set) []RangePorts {
	var out []RangePorts
	for lo := 0; lo < len(byAtom); {
		hi := lo + 1
		for hi < len(byAtom) && byAtom[hi] == byAtom[lo] {
			hi++
		}
		if !byAtom[lo].Empty() {
			first, last := v.Atoms.Bounds(addr.Span{Lo: lo, Hi: hi})
			out = append(out, RangePorts{Range{first, last}, byAtom[lo]})
		}
		lo = hi
	}
	return out
}
