// Package netpolgen makes clusters for tests and benchmarks: small ones that are
// random in everything the policy engine distinguishes, and large ones of a
// known shape. The same seed makes the same cluster.
package netpolgen

import (
	"fmt"
	"math/rand/v2"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// Kinds chooses what a random cluster may hold, so that an evaluator can be held
// against the part it understands.
type Kinds struct {
	Admin       bool // AdminNetworkPolicy and BaselineAdminNetworkPolicy
	Cluster     bool // ClusterNetworkPolicy
	IPv6        bool // dual stack and IPv6 pods, IPv6 blocks
	HostNetwork bool // pods on the host network
	Ended       bool // pods that have run to their end
	// Plain leaves out what the API admits but some evaluators cannot read:
	// absent policyTypes and protocols, labels with empty values.
	Plain bool
	// NoNames leaves out ports by name.
	NoNames bool
	// NoNotIn leaves out the operator NotIn.
	NoNotIn bool
	// NoSidecars leaves out init containers.
	NoSidecars bool
	// NoNodes leaves out peers that are nodes.
	NoNodes bool
	// BothTypes makes every NetworkPolicy apply to both directions.
	BothTypes bool
	// AllKnown gives every running pod a node and an address.
	AllKnown bool
	// Calico adds Calico's policies and network sets, Tiers its tiers.
	Calico, Tiers bool
	// Unique gives every policy of a tier a priority of its own.
	Unique bool
	// Services adds services, Ingresses and the cluster's DNS.
	Services bool
}

// Everything is all kinds together.
func Everything() Kinds {
	return Kinds{Admin: true, Cluster: true, IPv6: true, HostNetwork: true, Ended: true, AllKnown: true, Unique: true}
}

// Random returns a small cluster that is random within k.
func Random(r *rand.Rand, k Kinds) *kube.Objects {
	g := &gen{r: r, k: k, o: &kube.Objects{}}
	g.namespaces()
	g.nodes()
	g.pods()
	g.networkPolicies()
	if k.Admin {
		g.adminPolicies()
	}
	if k.Cluster {
		g.clusterPolicies()
	}
	if k.Calico {
		g.calico()
	}
	if k.Services {
		g.services()
	}
	return g.o
}

type gen struct {
	r        *rand.Rand
	k        Kinds
	o        *kube.Objects
	priority int32
}

func (g *gen) chance(percent int) bool { return g.r.IntN(100) < percent }

func pick[T any](g *gen, list ...T) T { return list[g.r.IntN(len(list))] }

// some returns between low and high of what one makes; nil for none.
func some[T any](g *gen, low, high int, one func() T) []T {
	var out []T
	for range low + g.r.IntN(high-low+1) {
		out = append(out, one())
	}
	return out
}

var (
	labelKeys   = []string{"app", "tier", "env"}
	labelValues = []string{"a", "b", "c"}
	portNumbers = []int32{53, 80, 81, 443, 8080, 65535}
	portNamed   = []string{"http", "dns", "web"}
	protocols   = []string{"TCP", "UDP", "SCTP"}
)

func (g *gen) labels(keys []string) map[string]string {
	out := make(map[string]string)
	for _, k := range keys {
		switch {
		case g.chance(65):
			out[k] = pick(g, labelValues...)
		case !g.k.Plain && g.chance(10):
			out[k] = ""
		}
	}
	return out
}

func (g *gen) namespaces() {
	for i := range 2 + g.r.IntN(3) {
		n := kube.Namespace{Meta: kube.Meta{Name: fmt.Sprintf("ns%d", i), Labels: g.labels([]string{"team", "env"})}}
		if g.k.Plain {
			n.Meta.Labels["kubernetes.io/metadata.name"] = n.Meta.Name
		}
		g.o.Namespaces = append(g.o.Namespaces, n)
	}
}

func (g *gen) nodes() {
	for i := range 2 {
		n := kube.Node{Meta: kube.Meta{Name: fmt.Sprintf("node%d", i), Labels: g.labels([]string{"zone", "env"})}}
		n.Status.Addresses = []kube.NodeAddress{{Type: "InternalIP", Address: fmt.Sprintf("172.16.0.%d", i+1)}}
		if g.k.IPv6 {
			n.Status.Addresses = append(n.Status.Addresses,
				kube.NodeAddress{Type: "InternalIP", Address: fmt.Sprintf("fd01::%d", i+1)})
		}
		g.o.Nodes = append(g.o.Nodes, n)
	}
}

func (g *gen) pods() {
	for i := range 4 + g.r.IntN(6) {
		p := kube.Pod{Meta: kube.Meta{Name: fmt.Sprintf("pod%d", i),
			Namespace: pick(g, g.o.Namespaces...).Meta.Name, Labels: g.labels(labelKeys)}}
		p.Spec.Containers = some(g, 1, 2, g.container)
		if !g.k.NoSidecars && g.chance(30) {
			p.Spec.InitContainers = some(g, 1, 2, g.container)
			if g.chance(60) {
				p.Spec.InitContainers[0].RestartPolicy = "Always"
			}
		}
		node := pick(g, g.o.Nodes...)
		p.Spec.NodeName = node.Meta.Name
		p.Status.Phase = "Running"
		if g.k.Ended && g.chance(8) {
			p.Status.Phase = pick(g, "Succeeded", "Failed")
		}
		g.address(&p, &node, i)
		g.o.Pods = append(g.o.Pods, p)
	}
}

func (g *gen) address(p *kube.Pod, node *kube.Node, i int) {
	if g.k.HostNetwork && g.chance(12) {
		p.Spec.HostNetwork = true
		for _, a := range node.Status.Addresses {
			p.Status.PodIPs = append(p.Status.PodIPs, kube.PodIP{IP: a.Address})
		}
		p.Status.PodIP = p.Status.PodIPs[0].IP
		return
	}
	if !g.k.AllKnown && g.chance(30) {
		return
	}
	v4 := fmt.Sprintf("10.0.%d.%d", g.r.IntN(3), 10+i)
	v6 := fmt.Sprintf("fd00::%d:%x", g.r.IntN(3), 16+i)
	list := []string{v4}
	if g.k.IPv6 {
		list = pick(g, []string{v4}, []string{v4, v6}, []string{v6, v4}, []string{v6})
	}
	for _, ip := range list {
		p.Status.PodIPs = append(p.Status.PodIPs, kube.PodIP{IP: ip})
	}
	p.Status.PodIP = list[0]
}

func (g *gen) container() kube.Container {
	c := kube.Container{Name: fmt.Sprintf("c%d", g.r.IntN(1000))}
	for range g.r.IntN(4) {
		port := kube.ContainerPort{ContainerPort: pick(g, portNumbers...), Protocol: pick(g, protocols...)}
		if !g.k.Plain && g.chance(20) {
			port.Protocol = ""
		}
		if !g.k.NoNames && g.chance(70) {
			port.Name = pick(g, portNamed...)
		}
		c.Ports = append(c.Ports, port)
	}
	return c
}
