package inventory

import (
	"net/netip"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// NetworkMode is how a pod is on the network.
type NetworkMode uint8

// The modes.
const (
	OnPodNetwork  NetworkMode = iota
	OnHostNetwork             // behind its node's address
	Ended                     // Succeeded or Failed: it has no address any more
)

// Pod is a pod as the engine sees it. Addresses are by family; the zero Addr
// means none is known.
type Pod struct {
	Network   NetworkMode
	Namespace int32 // index into Inventory.Namespaces
	Node      int32 // index into Inventory.Nodes; -1 unknown
	Addrs     [2]netip.Addr
}

// HasAddress reports whether at least one address of the pod is known.
func (p *Pod) HasAddress() bool { return p.Addrs[0].IsValid() || p.Addrs[1].IsValid() }

// InFamily reports whether the pod takes part in a family: with an address of it,
// or without any known address at all.
func (p *Pod) InFamily(f addr.Family) bool { return p.Addrs[f].IsValid() || !p.HasAddress() }

// Namespace is a namespace with the labels it has in a cluster.
type Namespace struct {
	Name   string
	Labels map[string]string
	Given  bool // there is a Namespace object
	Pods   []int32
}

// Node is a node that is listed, or that a pod names.
type Node struct {
	name   string
	labels map[string]string
	Addrs  []netip.Addr
	Pods   []int32 // pods on it that have not ended
	given  bool
}

// Inventory is the objects without the policies, indexed.
type Inventory struct {
	Objects         *kube.Objects
	Pods            []Pod // as in Objects.Pods
	Namespaces      []Namespace
	NamespaceByName map[string]int32
	Nodes           []Node
	PodByAddr       map[netip.Addr]int32 // pods on the pod network
	NodeByAddr      map[netip.Addr]int32
	// ServiceByAddr is by the virtual addresses of services, which no policy ever
	// sees.
	ServiceByAddr map[netip.Addr]int32
	Families      []addr.Family  // those in use
	PodCIDRs      []netip.Prefix // from which pods get addresses, as far as nodes tell
	Problems      []rules.Problem

	nodeByName map[string]int32
	accounts   map[AccountName]*Account
}

// Read indexes the objects. policyFamilies are those that policies name.
func Read(objects *kube.Objects, policyFamilies [2]bool) *Inventory {
	v := &Inventory{
		Objects:         objects,
		NamespaceByName: make(map[string]int32),
		PodByAddr:       make(map[netip.Addr]int32, len(objects.Pods)),
		NodeByAddr:      make(map[netip.Addr]int32, len(objects.Nodes)),
		ServiceByAddr:   make(map[netip.Addr]int32),
		nodeByName:      make(map[string]int32, len(objects.Nodes)),
	}
	v.readNamespaces(objects)
	v.readAccounts(objects)
	v.readNodes(objects)
	v.readPods(objects)
	v.chooseFamilies(objects, policyFamilies)
	return v
}

func (v *Inventory) readNamespaces(objects *kube.Objects) {
	for i := range objects.Namespaces {
		n := &objects.Namespaces[i]
		if _, ok := v.NamespaceByName[n.Meta.Name]; ok {
			v.refuse(n.Ref(), n.Origin, "metadata.name", rules.CodeDuplicate, "a second object of this name")
			continue
		}
		labels := make(map[string]string, len(n.Meta.Labels)+1)
		for k, v := range n.Meta.Labels {
			labels[k] = v
		}
		labels[rules.NamespaceName] = n.Meta.Name
		v.addNamespace(Namespace{Name: n.Meta.Name, Labels: labels, Given: true})
	}
}

func (v *Inventory) addNamespace(n Namespace) int32 {
	id := int32(len(v.Namespaces))
	v.NamespaceByName[n.Name] = id
	v.Namespaces = append(v.Namespaces, n)
	return id
}

// namespace returns the id of a namespace, known or only mentioned.
func (v *Inventory) namespace(name string) int32 {
	if id, ok := v.NamespaceByName[name]; ok {
		return id
	}
	return v.addNamespace(Namespace{Name: name, Labels: map[string]string{rules.NamespaceName: name}})
}

func (v *Inventory) readNodes(objects *kube.Objects) {
	for i := range objects.Nodes {
		n := &objects.Nodes[i]
		for _, text := range append([]string{n.Spec.PodCIDR}, n.Spec.PodCIDRs...) {
			if p, err := netip.ParsePrefix(text); err == nil {
				v.PodCIDRs = append(v.PodCIDRs, p.Masked())
			}
		}
		one := Node{name: n.Meta.Name, labels: n.Meta.Labels, given: true}
		for _, a := range n.Status.Addresses {
			if ip, err := netip.ParseAddr(a.Address); err == nil {
				one.Addrs = append(one.Addrs, ip.Unmap().WithZone(""))
			}
		}
		id := v.addNode(one)
		for _, ip := range one.Addrs {
			v.NodeByAddr[ip] = id
		}
	}
}

func (v *Inventory) addNode(n Node) int32 {
	id := int32(len(v.Nodes))
	v.nodeByName[n.name] = id
	v.Nodes = append(v.Nodes, n)
	return id
}

func (v *Inventory) refuse(ref kube.Ref, at kube.Origin, path, code, message string) {
	v.Problems = append(v.Problems, rules.Problem{Ref: ref, Origin: at, Path: path, Code: code, Message: message})
}

// chooseFamilies lists the families in use: those of which an address is known or
// that a policy names; without any known address, IPv4 is.
func (v *Inventory) chooseFamilies(objects *kube.Objects, used [2]bool) {
	known := [2]bool{}
	for i := range v.Pods {
		for f, a := range v.Pods[i].Addrs {
			known[f] = known[f] || a.IsValid()
		}
	}
	for ip := range v.NodeByAddr {
		known[addr.Of(ip)] = true
	}
	for i := range objects.Services {
		s := &objects.Services[i].Spec
		for _, text := range append([]string{s.ClusterIP}, s.ClusterIPs...) {
			if ip, err := netip.ParseAddr(text); err == nil {
				known[addr.Of(ip.Unmap())] = true
				v.ServiceByAddr[ip.Unmap()] = int32(i)
			}
		}
	}
	if !known[addr.IPv4] && !known[addr.IPv6] {
		known[addr.IPv4] = true
	}
	for _, f := range []addr.Family{addr.IPv4, addr.IPv6} {
		if known[f] || used[f] {
			v.Families = append(v.Families, f)
		}
	}
}

// ByNamespace returns the pods on the pod network by namespace, so that what lies
// in one namespace lies together.
func (v *Inventory) ByNamespace() []int32 {
	var out []int32
	for i := range v.Namespaces {
		for _, p := range v.Namespaces[i].Pods {
			if v.Pods[p].Network == OnPodNetwork {
				out = append(out, p)
			}
		}
	}
	return out
}

// NodeAddresses returns the addresses of the nodes that a selector matches.
func (v *Inventory) NodeAddresses(s *rules.Selector) []netip.Prefix {
	var out []netip.Prefix
	for i := range v.Nodes {
		n := &v.Nodes[i]
		if !n.given || !s.Matches(n.labels) {
			continue
		}
		for _, ip := range n.Addrs {
			out = append(out, netip.PrefixFrom(ip, ip.BitLen()))
		}
	}
	return out
}
