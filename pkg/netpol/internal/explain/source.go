package explain

import (
	"net/netip"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/verdict"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// AnySource returns somebody who may open a connection to a port of a pod: an
// address outside before a node, and another pod only where neither may. It reports false when nobody may, the pod
// itself and its own node aside.
func AnySource(m *verdict.Model, pod int, p ports.Protocol, port uint16) (Endpoint, bool) {
	for _, v := range m.Views {
		self := v.EntityOf(pod)
		if self < 0 || self < len(v.Classes) && v.Classes[self].Absent {
			continue
		}
		ingress := v.Profile(self, rules.Ingress)
		for entity := v.N - 1; entity >= 0; entity-- {
			if ingress != nil && !m.Pool.Ports(ingress.At(entity)).Contains(p, port) {
				continue
			}
			if egress := v.Profile(entity, rules.Egress); egress != nil && !m.Pool.Ports(egress.At(self)).Contains(p, port) {
				continue
			}
			if end, ok := standIn(m, v, entity, pod); ok {
				return end, true
			}
		}
	}
	return Endpoint{}, false
}

// standIn returns an endpoint of an entity other than a pod.
func standIn(m *verdict.Model, v *verdict.View, entity, other int) (Endpoint, bool) {
	switch {
	case entity >= v.FirstAtom():
		first, last := v.Atoms.Bounds(addr.Span{Lo: entity - v.FirstAtom(), Hi: entity - v.FirstAtom() + 1})
		return OutsideIn(m, first, last)
	case entity >= v.FirstHost():
		for a := range m.Inventory.NodeByAddr {
			if addr.Of(a) == v.Family && v.HostEntity(v.Atoms.Find(a)) == entity {
				return Address(m, a), true
			}
		}
		return Endpoint{}, false
	}
	for _, pod := range v.AppendClass(nil, entity) {
		if pod != other && !v.Classes[entity].Absent {
			return PodAt(m, pod), true
		}
	}
	return Endpoint{}, false
}

// mostTaken is how many addresses at the end of a range may be taken before none
// outside is looked for any longer.
const mostTaken = 256

// OutsideIn returns an address of a range that no pod, node or service has.
func OutsideIn(m *verdict.Model, first, last netip.Addr) (Endpoint, bool) {
	at := last
	for range mostTaken {
		if _, pod := m.Inventory.PodByAddr[at]; !pod {
			if end := Address(m, at); end.service == nil && !end.place.Host {
				return end, true
			}
		}
		if at == first {
			break
		}
		at = at.Prev()
	}
	return Endpoint{}, false
}
