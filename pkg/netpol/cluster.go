package netpol

import (
	"net/netip"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/rules"
)

// standing is what a pod is to the network.
type standing uint8

const (
	onPodNetwork  standing = iota
	onHostNetwork          // stands behind its node's address
	ended                  // Succeeded or Failed: it has no address any more
)

// pod is a pod as the engine sees it. Addresses are by family; the zero Addr
// means none is known.
type pod struct {
	standing standing
	ns       int32
	node     int32 // index into cluster.nodes; -1 unknown
	addrs    [2]netip.Addr
}

// known reports whether at least one address of the pod is known.
func (p *pod) known() bool { return p.addrs[0].IsValid() || p.addrs[1].IsValid() }

// in reports whether the pod takes part in a family: with an address of it, or
// without any known address at all.
func (p *pod) in(f addr.Family) bool { return p.addrs[f].IsValid() || !p.known() }

// namespace is a namespace with the labels it has in a cluster.
type namespace struct {
	name   string
	labels map[string]string
	given  bool // there is a Namespace object
	pods   []int32
}

// node is a node that is listed, or that a pod names.
type node struct {
	name   string
	labels map[string]string
	addrs  []netip.Addr
	pods   []int32 // pods on it that have not ended
	given  bool
}

// cluster is the objects without the policies, indexed.
type cluster struct {
	pods       []pod
	namespaces []namespace
	nsByName   map[string]int32
	nodes      []node
	nodeByName map[string]int32
	accounts   map[accountName]*account
	byAddr     map[netip.Addr]int32 // pod on the pod network
	nodeByAddr map[netip.Addr]int32
	// virtual addresses of services, which no policy ever sees
	serviceByAddr map[netip.Addr]int32
	families      []addr.Family
	problems      []rules.Problem
}

// readCluster indexes the objects. policyFamilies are those that policies name.
func readCluster(objects *kube.Objects, policyFamilies [2]bool) *cluster {
	c := &cluster{
		nsByName:   make(map[string]int32),
		nodeByName: make(map[string]int32, len(objects.Nodes)),
		byAddr:     make(map[netip.Addr]int32, len(objects.Pods)),
		nodeByAddr: make(map[netip.Addr]int32, len(objects.Nodes)),

		serviceByAddr: make(map[netip.Addr]int32),
	}
	c.readNamespaces(objects)
	c.readAccounts(objects)
	c.readNodes(objects)
	c.readPods(objects)
	c.chooseFamilies(objects, policyFamilies)
	return c
}

func (c *cluster) readNamespaces(objects *kube.Objects) {
	for i := range objects.Namespaces {
		n := &objects.Namespaces[i]
		if _, ok := c.nsByName[n.Meta.Name]; ok {
			c.refuse(n.Ref(), n.Origin, "metadata.name", rules.CodeDuplicate, "a second object of this name")
			continue
		}
		labels := make(map[string]string, len(n.Meta.Labels)+1)
		for k, v := range n.Meta.Labels {
			labels[k] = v
		}
		labels[rules.NamespaceName] = n.Meta.Name
		c.addNamespace(namespace{name: n.Meta.Name, labels: labels, given: true})
	}
}

func (c *cluster) addNamespace(n namespace) int32 {
	id := int32(len(c.namespaces))
	c.nsByName[n.name] = id
	c.namespaces = append(c.namespaces, n)
	return id
}

// namespace returns the id of a namespace, known or only mentioned.
func (c *cluster) namespace(name string) int32 {
	if id, ok := c.nsByName[name]; ok {
		return id
	}
	return c.addNamespace(namespace{name: name, labels: map[string]string{rules.NamespaceName: name}})
}

func (c *cluster) readNodes(objects *kube.Objects) {
	for i := range objects.Nodes {
		n := &objects.Nodes[i]
		one := node{name: n.Meta.Name, labels: n.Meta.Labels, given: true}
		for _, a := range n.Status.Addresses {
			if ip, err := netip.ParseAddr(a.Address); err == nil {
				one.addrs = append(one.addrs, ip.Unmap().WithZone(""))
			}
		}
		id := c.addNode(one)
		for _, ip := range one.addrs {
			c.nodeByAddr[ip] = id
		}
	}
}

func (c *cluster) addNode(n node) int32 {
	id := int32(len(c.nodes))
	c.nodeByName[n.name] = id
	c.nodes = append(c.nodes, n)
	return id
}

func (c *cluster) refuse(ref kube.Ref, at kube.Origin, path, code, message string) {
	c.problems = append(c.problems, rules.Problem{Ref: ref, Origin: at, Path: path, Code: code, Message: message})
}

// chooseFamilies: a family is in use when an address of it is known or a policy
// names one; without any known address, IPv4 is.
func (c *cluster) chooseFamilies(objects *kube.Objects, used [2]bool) {
	known := [2]bool{}
	for i := range c.pods {
		for f, a := range c.pods[i].addrs {
			known[f] = known[f] || a.IsValid()
		}
	}
	for ip := range c.nodeByAddr {
		known[addr.Of(ip)] = true
	}
	for i := range objects.Services {
		s := &objects.Services[i].Spec
		for _, text := range append([]string{s.ClusterIP}, s.ClusterIPs...) {
			if ip, err := netip.ParseAddr(text); err == nil {
				known[addr.Of(ip.Unmap())] = true
				c.serviceByAddr[ip.Unmap()] = int32(i)
			}
		}
	}
	if !known[addr.IPv4] && !known[addr.IPv6] {
		known[addr.IPv4] = true
	}
	for _, f := range []addr.Family{addr.IPv4, addr.IPv6} {
		if known[f] || used[f] {
			c.families = append(c.families, f)
		}
	}
}

// order returns the pods on the pod network by namespace, so that what lies in
// one namespace lies together.
func (c *cluster) order() []int32 {
	var out []int32
	for i := range c.namespaces {
		for _, p := range c.namespaces[i].pods {
			if c.pods[p].standing == onPodNetwork {
				out = append(out, p)
			}
		}
	}
	return out
}
