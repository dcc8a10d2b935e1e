package explain

import (
	"net/netip"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/inventory"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/verdict"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// Endpoint is an end of a flow to be explained: a pod or an address. Get one
// from Pod, Workload or Address.
type Endpoint struct {
	pod     int // index into Objects.Pods; -1 for an address
	addr    netip.Addr
	place   verdict.Place
	service *kube.Service
	name    string
}

// Service returns the service whose virtual address was asked for, or nil. No
// policy ever sees that address: ask about the pods behind it, see Backends.
func (e Endpoint) Service() *kube.Service { return e.service }

// Pod returns the index into Objects.Pods, or false for an address that no pod
// has.
func (e Endpoint) Pod() (int, bool) { return e.pod, e.pod >= 0 }

// Addr returns the address that was asked for; the zero Addr for a pod that was
// named.
func (e Endpoint) Addr() netip.Addr { return e.addr }

// String returns "namespace/pod" or the address.
func (e Endpoint) String() string { return e.name }

// PodAt returns the endpoint of the pod at an index of Objects.Pods.
func PodAt(m *verdict.Model, i int) Endpoint {
	meta := &m.Inventory.Objects.Pods[i].Meta
	return Endpoint{pod: i, place: m.PlaceOf(i), name: meta.Namespace + "/" + meta.Name}
}

// Pod returns the endpoint of a pod by name.
func Pod(m *verdict.Model, namespace, name string) (Endpoint, bool) {
	id, ok := m.Inventory.NamespaceByName[namespace]
	if !ok {
		return Endpoint{}, false
	}
	for _, i := range m.Inventory.Namespaces[id].Pods {
		if m.Inventory.Objects.Pods[i].Meta.Name == name {
			return PodAt(m, int(i)), true
		}
	}
	return Endpoint{}, false
}

// Workload returns one endpoint for each group of the workload's pods that
// policies cannot tell apart; none when there is no such workload. Pods that
// have ended count only when there are no others.
func Workload(m *verdict.Model, ref kube.Ref) []Endpoint {
	id, ok := m.Inventory.NamespaceByName[ref.Namespace]
	if !ok {
		return nil
	}
	var out, gone []Endpoint
	seen := make(map[[2]int]bool)
	for _, i := range m.Inventory.Namespaces[id].Pods {
		if inventory.OwnerOf(&m.Inventory.Objects.Pods[i]) != ref {
			continue
		}
		if m.Inventory.Pods[i].Network == inventory.Ended {
			gone = append(gone, PodAt(m, int(i)))
			continue
		}
		key := [2]int{-1, -1}
		for at, v := range m.Views {
			key[at] = v.EntityOf(int(i))
		}
		if !seen[key] {
			seen[key] = true
			out = append(out, PodAt(m, int(i)))
		}
	}
	if len(out) == 0 && len(gone) > 0 {
		return gone[:1]
	}
	return out
}

// Address returns the endpoint of an address: the pod that has it, the node that
// has it, a service, or somewhere outside.
func Address(m *verdict.Model, a netip.Addr) Endpoint {
	a = a.Unmap().WithZone("")
	if i, ok := m.Inventory.PodByAddr[a]; ok {
		out := PodAt(m, int(i))
		out.addr = a
		return out
	}
	out := Endpoint{pod: -1, addr: a, place: verdict.Place{Node: -1}, name: a.String()}
	if id, ok := m.Inventory.NodeByAddr[a]; ok {
		out.place = verdict.Place{Node: id, Host: true}
	} else if i, ok := m.Inventory.ServiceByAddr[a]; ok {
		out.service = &m.Inventory.Objects.Services[i]
	}
	return out
}

// end is an endpoint in one family view.
type end struct {
	Endpoint
	entity int
}

// endIn finds the entity of an endpoint in a view; false when it has no address
// there. A pod that is known to have none of this family still has an entity, for
// flows with addresses.
func endIn(m *verdict.Model, v *verdict.View, x Endpoint) (end, bool) {
	out := end{Endpoint: x}
	if x.pod >= 0 {
		if m.Inventory.Pods[x.pod].Network == inventory.Ended || x.addr.IsValid() && addr.Of(x.addr) != v.Family {
			return out, false
		}
		out.entity = v.EntityOf(x.pod)
		return out, out.entity >= 0
	}
	if !x.addr.IsValid() || addr.Of(x.addr) != v.Family || x.service != nil {
		return out, false
	}
	atom := v.Atoms.Find(x.addr)
	if x.place.Host {
		out.entity = v.HostEntity(atom)
	} else {
		out.entity = v.AtomEntity(atom)
	}
	return out, true
}

// Alike divides pods into groups within which no policy makes a difference and,
// with byNode, the node does not either. Pods that have ended are left out.
func Alike(m *verdict.Model, pods []int, byNode bool) [][]int {
	type likeness struct {
		entities [2]int
		place    verdict.Place
	}
	at := make(map[likeness]int)
	var out [][]int
	for _, i := range pods {
		if m.Inventory.Pods[i].Network == inventory.Ended {
			continue
		}
		key := likeness{[2]int{-1, -1}, m.PlaceOf(i)}
		if !byNode {
			key.place.Node = -1
		}
		for j, v := range m.Views {
			key.entities[j] = v.EntityOf(i)
		}
		n, ok := at[key]
		if !ok {
			n = len(out)
			at[key] = n
			out = append(out, nil)
		}
		out[n] = append(out[n], i)
	}
	return out
}

// InUse reports whether there is a view of the address's family: a pod or a policy
// knows it.
func InUse(m *verdict.Model, a netip.Addr) bool {
	for _, v := range m.Views {
		if v.Family == addr.Of(a) {
			return true
		}
	}
	return false
}
