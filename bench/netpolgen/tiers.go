package netpolgen

import (
	"fmt"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// next returns a priority. Policies of both APIs share the tiers, so unique ones
// are counted through.
func (g *gen) next() int32 {
	if !g.k.Unique {
		return int32(g.r.IntN(4))
	}
	g.priority++
	return (g.priority*389 + 7) % 1001
}

func (g *gen) subject() kube.SelectedPods {
	if g.chance(50) {
		s := g.namespaceSelector()
		return kube.SelectedPods{Namespaces: &s}
	}
	return kube.SelectedPods{Pods: g.namespacedPods()}
}

func (g *gen) namespacedPods() *kube.NamespacedPods {
	return &kube.NamespacedPods{NamespaceSelector: g.namespaceSelector(), PodSelector: g.podSelector()}
}

func (g *gen) adminPolicies() {
	for i := range g.r.IntN(4) {
		p := kube.AdminNetworkPolicy{Meta: kube.Meta{Name: fmt.Sprintf("anp%d", i)}}
		p.Spec.Priority, p.Spec.Subject = g.next(), g.subject()
		p.Spec.Ingress, p.Spec.Egress = g.adminIngress("Allow", "Deny", "Pass"), g.adminEgress("Allow", "Deny", "Pass")
		g.o.AdminNetworkPolicies = append(g.o.AdminNetworkPolicies, p)
	}
	if g.chance(50) {
		p := kube.BaselineAdminNetworkPolicy{Meta: kube.Meta{Name: "default"}}
		p.Spec.Subject, p.Spec.Ingress, p.Spec.Egress = g.subject(), g.adminIngress("Allow", "Deny"), g.adminEgress("Allow", "Deny")
		g.o.BaselineAdminNetworkPolicies = append(g.o.BaselineAdminNetworkPolicies, p)
	}
}

func (g *gen) adminIngress(actions ...string) []kube.AdminIngress {
	return some(g, 0, 3, func() kube.AdminIngress {
		return kube.AdminIngress{Action: pick(g, actions...), From: some(g, 1, 2, g.ingressPeer), Ports: g.adminPorts(true)}
	})
}

func (g *gen) adminEgress(actions ...string) []kube.AdminEgress {
	return some(g, 0, 3, func() kube.AdminEgress {
		to, addresses := g.egressPeers()
		return kube.AdminEgress{Action: pick(g, actions...), To: to, Ports: g.adminPorts(!addresses)}
	})
}

func (g *gen) ingressPeer() kube.SelectedPods {
	if g.chance(50) {
		s := g.namespaceSelector()
		return kube.SelectedPods{Namespaces: &s}
	}
	return kube.SelectedPods{Pods: g.namespacedPods()}
}

// egressPeers also reports whether a peer is addresses, which have no named ports.
func (g *gen) egressPeers() ([]kube.AdminEgressPeer, bool) {
	addresses := false
	return some(g, 1, 2, func() kube.AdminEgressPeer {
		switch {
		case !g.k.NoNodes && g.chance(15):
			addresses = true
			s := g.selector([]string{"zone", "env"})
			return kube.AdminEgressPeer{Nodes: &s}
		case g.chance(30):
			addresses = true
			return kube.AdminEgressPeer{Networks: some(g, 1, 2, g.cidr)}
		}
		p := g.ingressPeer()
		return kube.AdminEgressPeer{Namespaces: p.Namespaces, Pods: p.Pods}
	}), addresses
}

func (g *gen) adminPorts(names bool) *[]kube.AdminPort {
	if g.chance(40) {
		return nil
	}
	list := some(g, 1, 2, func() kube.AdminPort {
		proto, n := pick(g, protocols...), pick(g, portNumbers...)
		switch {
		case names && !g.k.NoNames && g.chance(25):
			name := pick(g, portNamed...)
			return kube.AdminPort{NamedPort: &name}
		case g.chance(30):
			n = min(n, 65000)
			return kube.AdminPort{PortRange: &kube.AdminPortRange{Protocol: proto, Start: n, End: n + 1 + int32(g.r.IntN(400))}}
		}
		return kube.AdminPort{PortNumber: &kube.AdminPortNumber{Protocol: proto, Port: n}}
	})
	return &list
}

func (g *gen) clusterPolicies() {
	for i := range g.r.IntN(5) {
		p := kube.ClusterNetworkPolicy{Meta: kube.Meta{Name: fmt.Sprintf("cnp%d", i)}}
		p.Spec.Tier, p.Spec.Priority, p.Spec.Subject = pick(g, "Admin", "Baseline"), g.next(), g.subject()
		p.Spec.Ingress = some(g, 0, 3, func() kube.ClusterIngress {
			return kube.ClusterIngress{Action: pick(g, "Accept", "Deny", "Pass"),
				From: some(g, 1, 2, g.ingressPeer), Protocols: g.clusterProtocols(true)}
		})
		p.Spec.Egress = some(g, 0, 3, func() kube.ClusterEgress {
			to, addresses := g.egressPeers()
			return kube.ClusterEgress{Action: pick(g, "Accept", "Deny", "Pass"), To: to, Protocols: g.clusterProtocols(!addresses)}
		})
		g.o.ClusterNetworkPolicies = append(g.o.ClusterNetworkPolicies, p)
	}
}

func (g *gen) clusterProtocols(names bool) []kube.ClusterProtocol {
	if g.chance(40) {
		return nil
	}
	return some(g, 1, 2, func() kube.ClusterProtocol {
		if names && !g.k.NoNames && g.chance(25) {
			return kube.ClusterProtocol{DestinationNamedPort: pick(g, portNamed...)}
		}
		n := min(pick(g, portNumbers...), 65000)
		port := &kube.ClusterPort{Number: n}
		if g.chance(30) {
			port = &kube.ClusterPort{Range: &kube.ClusterPortRange{Start: n, End: n + 1 + int32(g.r.IntN(400))}}
		}
		t := &kube.ClusterTransport{DestinationPort: port}
		return pick(g, kube.ClusterProtocol{TCP: t}, kube.ClusterProtocol{UDP: t}, kube.ClusterProtocol{SCTP: t})
	})
}
