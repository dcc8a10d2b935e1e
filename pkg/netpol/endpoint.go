package netpol

import (
	"net/netip"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// Endpoint is an end of a flow to be explained: a pod or an address. Get one
// from Engine.Pod, Engine.Workload or Engine.Address.
type Endpoint struct {
	pod  int // index into Objects.Pods; -1 for an address
	addr netip.Addr
	node int32 // of an address that a node has; else -1
	svc  *kube.Service
	name string
}

// Service returns the service whose virtual address was asked for; nil else. No
// policy ever sees that address: ask about the pods behind it, see Backends.
func (e Endpoint) Service() *kube.Service { return e.svc }

// Pod returns the index into Objects.Pods, or false for an address that no pod
// has.
func (e Endpoint) Pod() (int, bool) { return e.pod, e.pod >= 0 }

// Addr returns the address that was asked for; the zero Addr for a pod that was
// named.
func (e Endpoint) Addr() netip.Addr { return e.addr }

// String returns "namespace/pod" or the address.
func (e Endpoint) String() string { return e.name }

// PodAt returns the endpoint of the pod at an index of Objects.Pods.
func (e *Engine) PodAt(i int) Endpoint {
	m := &e.objects.Pods[i].Meta
	return Endpoint{pod: i, node: e.c.pods[i].node, name: m.Namespace + "/" + m.Name}
}

// Pod returns the endpoint of a pod by name.
func (e *Engine) Pod(namespace, name string) (Endpoint, bool) {
	id, ok := e.c.nsByName[namespace]
	if !ok {
		return Endpoint{}, false
	}
	for _, i := range e.c.namespaces[id].pods {
		if e.objects.Pods[i].Meta.Name == name {
			return e.PodAt(int(i)), true
		}
	}
	return Endpoint{}, false
}

// Workload returns one endpoint for each group of the workload's pods that
// policies cannot tell apart; none when there is no such workload. Pods that
// have ended count only when there are no others.
func (e *Engine) Workload(ref kube.Ref) []Endpoint {
	id, ok := e.c.nsByName[ref.Namespace]
	if !ok {
		return nil
	}
	var out, gone []Endpoint
	seen := make(map[[2]int]bool)
	for _, i := range e.c.namespaces[id].pods {
		if ownerOf(&e.objects.Pods[i]) != ref {
			continue
		}
		if e.c.pods[i].standing == ended {
			gone = append(gone, e.PodAt(int(i)))
			continue
		}
		key := [2]int{-1, -1}
		for at, p := range e.planes {
			key[at] = p.entityOf(e, int(i))
		}
		if !seen[key] {
			seen[key] = true
			out = append(out, e.PodAt(int(i)))
		}
	}
	if len(out) == 0 && len(gone) > 0 {
		return gone[:1]
	}
	return out
}

// Address returns the endpoint of an address: the pod that has it, the node that
// has it, a service, or somewhere outside.
func (e *Engine) Address(a netip.Addr) Endpoint {
	a = a.Unmap().WithZone("")
	if i, ok := e.c.byAddr[a]; ok {
		out := e.PodAt(int(i))
		out.addr = a
		return out
	}
	out := Endpoint{pod: -1, addr: a, node: -1, name: a.String()}
	if id, ok := e.c.nodeByAddr[a]; ok {
		out.node = id
	} else if i, ok := e.c.serviceByAddr[a]; ok {
		out.svc = &e.objects.Services[i]
	}
	return out
}

// end is an endpoint in one plane.
type end struct {
	Endpoint
	entity   int
	class    bool // selected by policies: a pod on the pod network
	host     bool // stands behind a node's address
	external bool // an address that no pod has
}

// endIn places an endpoint in a plane; false when it has no address there. A pod
// that is known to have none of this family still has a place, for flows with
// addresses.
func (e *Engine) endIn(p *plane, x Endpoint) (end, bool) {
	out := end{Endpoint: x}
	if x.pod >= 0 {
		if e.c.pods[x.pod].standing == ended || x.addr.IsValid() && addr.Of(x.addr) != p.family {
			return out, false
		}
		out.entity = p.entityOf(e, x.pod)
		out.class = out.entity >= 0 && out.entity < len(p.classes)
		out.host = e.c.pods[x.pod].standing == onHostNetwork
		return out, out.entity >= 0
	}
	if !x.addr.IsValid() || addr.Of(x.addr) != p.family || x.svc != nil {
		return out, false
	}
	atom := p.atoms.Find(x.addr)
	if x.node >= 0 {
		out.host = true
		out.entity = p.firstHost() + int(p.hostOf[int32(atom)])
		return out, true
	}
	out.entity = p.atomEntity(atom)
	out.external = true
	return out, true
}
