package netpol_test

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// naive answers one flow at a time, by reading every policy, straight from the
// words of the API reference. It shares nothing with the engine but the objects.
type naive struct {
	o   *kube.Objects
	cni netpol.CNI
	// seen is what was worked out about pods and network sets, by pointer.
	seen map[any]endpointLabels
}

// party is one end of a flow: a pod, or an address that no pod has.
type party struct {
	pod *kube.Pod
	ip  netip.Addr // of an address
}

// flow is one question in one address family.
type flow struct {
	from, to     party
	fromIP, toIP netip.Addr
	proto        string
	port         int32
}

func (n naive) allowed(from, to party, proto string, port int32) bool {
	if from.pod != nil && from.pod == to.pod {
		return true
	}
	for _, six := range []bool{false, true} {
		f := flow{from: from, to: to, proto: proto, port: port}
		var ok1, ok2 bool
		f.fromIP, ok1 = n.address(from, six, to.pod == nil)
		f.toIP, ok2 = n.address(to, six, from.pod == nil)
		if ok1 && ok2 && n.egress(f) && n.ingress(f) {
			return true
		}
	}
	return false
}

// address returns an end's address in a family. A running pod without one is
// still asked about addresses outside, where only its policies count.
func (n naive) address(p party, six, outside bool) (netip.Addr, bool) {
	if p.pod == nil {
		return p.ip, p.ip.Is6() == six
	}
	if p.pod.Status.Phase == "Succeeded" || p.pod.Status.Phase == "Failed" {
		return netip.Addr{}, false
	}
	list := p.pod.Status.PodIPs
	if len(list) == 0 && p.pod.Status.PodIP != "" {
		list = []kube.PodIP{{IP: p.pod.Status.PodIP}}
	}
	for _, text := range list {
		if ip := netip.MustParseAddr(text.IP); ip.Is6() == six {
			return ip, true
		}
	}
	return netip.Addr{}, outside && !p.pod.Spec.HostNetwork
}

// nodeOf returns the node an end is on, and whether it is the node itself.
func (n naive) nodeOf(p party) (node string, host bool) {
	if p.pod != nil {
		return p.pod.Spec.NodeName, p.pod.Spec.HostNetwork
	}
	for i := range n.o.Nodes {
		for _, a := range n.o.Nodes[i].Status.Addresses {
			if a.Address == p.ip.String() {
				return n.o.Nodes[i].Meta.Name, true
			}
		}
	}
	return "", false
}

func (n naive) alwaysAllowed(f flow) bool {
	fromNode, fromHost := n.nodeOf(f.from)
	toNode, toHost := n.nodeOf(f.to)
	if fromNode == "" || fromNode != toNode {
		return false
	}
	return fromHost || n.cni == netpol.Generic && toHost
}

func (n naive) egress(f flow) bool {
	if f.from.pod == nil || f.from.pod.Spec.HostNetwork || n.alwaysAllowed(f) {
		return true
	}
	return n.decide(f, f.from.pod, "Egress")
}

func (n naive) ingress(f flow) bool {
	if f.to.pod == nil || f.to.pod.Spec.HostNetwork || n.alwaysAllowed(f) {
		return true
	}
	return n.decide(f, f.to.pod, "Ingress")
}

// decide visits the tiers: Admin, NetworkPolicy, Baseline.
func (n naive) decide(f flow, self *kube.Pod, dir string) bool {
	if n.hasCalico() {
		return n.decideCalico(f, self, dir)
	}
	if v := n.ordered(f, self, dir, "Admin"); v != "" {
		return v == "Allow"
	}
	isolated := false
	for i := range n.o.NetworkPolicies {
		p := &n.o.NetworkPolicies[i]
		if p.Meta.Namespace != self.Meta.Namespace || !selects(&p.Spec.PodSelector, self.Meta.Labels) || !hasType(p, dir) {
			continue
		}
		isolated = true
		if n.networkPolicyAllows(f, p, dir) {
			return true
		}
	}
	if isolated {
		return false
	}
	return n.ordered(f, self, dir, "Baseline") != "Deny"
}

func hasType(p *kube.NetworkPolicy, dir string) bool {
	if p.Spec.PolicyTypes == nil {
		return dir == "Ingress" || len(p.Spec.Egress) > 0
	}
	return slices.Contains(p.Spec.PolicyTypes, dir)
}

func (n naive) networkPolicyAllows(f flow, p *kube.NetworkPolicy, dir string) bool {
	if dir == "Ingress" {
		for _, r := range p.Spec.Ingress {
			if n.peersMatch(r.From, p.Meta.Namespace, f.from, f.fromIP) && n.portsMatch(r.Ports, f) {
				return true
			}
		}
		return false
	}
	for _, r := range p.Spec.Egress {
		if n.peersMatch(r.To, p.Meta.Namespace, f.to, f.toIP) && n.portsMatch(r.Ports, f) {
			return true
		}
	}
	return false
}

func (n naive) peersMatch(peers []kube.NetworkPolicyPeer, ns string, other party, ip netip.Addr) bool {
	if len(peers) == 0 {
		return true
	}
	for _, p := range peers {
		if p.IPBlock != nil {
			_, host := n.nodeOf(other)
			inside := other.pod != nil || host
			if !(inside && n.cni == netpol.Cilium) && ip.IsValid() && inBlock(p.IPBlock, ip) {
				return true
			}
			continue
		}
		if other.pod == nil || other.pod.Spec.HostNetwork {
			continue
		}
		if p.NamespaceSelector == nil && other.pod.Meta.Namespace != ns ||
			p.NamespaceSelector != nil && !selects(p.NamespaceSelector, n.namespaceLabels(other.pod.Meta.Namespace)) {
			continue
		}
		if p.PodSelector == nil || selects(p.PodSelector, other.pod.Meta.Labels) {
			return true
		}
	}
	return false
}

func inBlock(b *kube.IPBlock, ip netip.Addr) bool {
	if !netip.MustParsePrefix(b.CIDR).Contains(ip) {
		return false
	}
	for _, e := range b.Except {
		if netip.MustParsePrefix(e).Contains(ip) {
			return false
		}
	}
	return true
}

func (n naive) namespaceLabels(name string) map[string]string {
	for i := range n.o.Namespaces {
		if n.o.Namespaces[i].Meta.Name == name {
			out := map[string]string{}
			for k, v := range n.o.Namespaces[i].Meta.Labels {
				out[k] = v
			}
			out["kubernetes.io/metadata.name"] = name
			return out
		}
	}
	return map[string]string{"kubernetes.io/metadata.name": name}
}

func selects(s *kube.LabelSelector, labels map[string]string) bool {
	for k, want := range s.MatchLabels {
		if got, ok := labels[k]; !ok || got != want {
			return false
		}
	}
	for _, e := range s.MatchExpressions {
		got, ok := labels[e.Key]
		in := ok && slices.Contains(e.Values, got)
		if e.Operator == "In" && !in || e.Operator == "NotIn" && in ||
			e.Operator == "Exists" && !ok || e.Operator == "DoesNotExist" && ok {
			return false
		}
	}
	return true
}

func (n naive) portsMatch(list []kube.NetworkPolicyPort, f flow) bool {
	if len(list) == 0 {
		return true
	}
	for _, p := range list {
		proto := "TCP"
		if p.Protocol != nil {
			proto = *p.Protocol
		}
		switch {
		case proto != f.proto:
		case p.Port == nil:
			return true
		case p.Port.Str != "":
			if namedPort(f, p.Port.Str, proto) {
				return true
			}
		case p.EndPort == nil && p.Port.Int == f.port,
			p.EndPort != nil && p.Port.Int <= f.port && f.port <= *p.EndPort:
			return true
		}
	}
	return false
}

// namedPort reports whether the destination pod gives the flow's port that name;
// proto "" stands for any.
func namedPort(f flow, name, proto string) bool {
	if f.to.pod == nil || f.to.pod.Spec.HostNetwork {
		return false
	}
	list := slices.Clone(f.to.pod.Spec.Containers)
	for _, c := range f.to.pod.Spec.InitContainers {
		if c.RestartPolicy == "Always" {
			list = append(list, c)
		}
	}
	for _, c := range list {
		for _, p := range c.Ports {
			has := cmp.Or(p.Protocol, "TCP")
			if p.Name == name && p.ContainerPort == f.port && has == f.proto && (proto == "" || proto == has) {
				return true
			}
		}
	}
	return false
}
