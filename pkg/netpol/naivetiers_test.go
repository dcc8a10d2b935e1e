package netpol_test

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// adminRule is a rule of any cluster-wide kind with its matches as functions.
type adminRule struct {
	action string
	match  bool
}

// ordered visits the policies of one tier by priority: Allow, Deny or "" for
// "the next tier decides".
func (n naive) ordered(f flow, self *kube.Pod, dir, tier string) string {
	list := n.clusterEntries(f, self, dir, tier)
	slices.SortFunc(list, func(a, b clusterEntry) int {
		return cmp.Or(cmp.Compare(a.priority, b.priority), cmp.Compare(a.name, b.name))
	})
	for _, p := range list {
		for _, r := range p.rules {
			switch {
			case !r.match:
			case r.action == "Pass":
				return ""
			case r.action == "Deny":
				return "Deny"
			default:
				return "Allow"
			}
		}
	}
	return ""
}

// clusterEntry is a policy of any cluster-wide kind that selects the pod.
type clusterEntry struct {
	priority int32
	name     string
	rules    []adminRule
}

func (n naive) clusterEntries(f flow, self *kube.Pod, dir, tier string) []clusterEntry {
	var list []clusterEntry
	add := func(priority int32, name string, s *kube.SelectedPods, rules []adminRule) {
		if n.subject(s, self) && len(rules) > 0 {
			list = append(list, clusterEntry{priority, name, rules})
		}
	}
	if tier == "Admin" {
		for i := range n.o.AdminNetworkPolicies {
			p := &n.o.AdminNetworkPolicies[i]
			add(p.Spec.Priority, p.Meta.Name, &p.Spec.Subject, n.adminRules(f, dir, p.Spec.Ingress, p.Spec.Egress))
		}
	}
	for i := range n.o.ClusterNetworkPolicies {
		p := &n.o.ClusterNetworkPolicies[i]
		if p.Spec.Tier == tier {
			add(p.Spec.Priority, p.Meta.Name, &p.Spec.Subject, n.clusterRules(f, dir, p))
		}
	}
	if tier == "Baseline" {
		for i := range n.o.BaselineAdminNetworkPolicies {
			p := &n.o.BaselineAdminNetworkPolicies[i]
			add(1<<30, p.Meta.Name, &p.Spec.Subject, n.adminRules(f, dir, p.Spec.Ingress, p.Spec.Egress))
		}
	}
	return list
}

func (n naive) subject(s *kube.SelectedPods, pod *kube.Pod) bool {
	return n.clusterPeer(&kube.AdminEgressPeer{Namespaces: s.Namespaces, Pods: s.Pods}, party{pod: pod}, netip.Addr{})
}

func (n naive) clusterPeer(p *kube.AdminEgressPeer, other party, ip netip.Addr) bool {
	pod := other.pod != nil && !other.pod.Spec.HostNetwork
	switch {
	case p.Namespaces != nil:
		return pod && selects(p.Namespaces, n.namespaceLabels(other.pod.Meta.Namespace))
	case p.Pods != nil:
		return pod && selects(&p.Pods.NamespaceSelector, n.namespaceLabels(other.pod.Meta.Namespace)) &&
			selects(&p.Pods.PodSelector, other.pod.Meta.Labels)
	case p.Nodes != nil:
		for i := range n.o.Nodes {
			for _, a := range n.o.Nodes[i].Status.Addresses {
				if selects(p.Nodes, n.o.Nodes[i].Meta.Labels) && ip.IsValid() && a.Address == ip.String() {
					return true
				}
			}
		}
	}
	for _, c := range p.Networks {
		if ip.IsValid() && netip.MustParsePrefix(c).Contains(ip) {
			return true
		}
	}
	return false
}

func (n naive) adminRules(f flow, dir string, in []kube.AdminIngress, eg []kube.AdminEgress) []adminRule {
	var out []adminRule
	if dir == "Ingress" {
		for _, r := range in {
			match := slices.ContainsFunc(r.From, func(p kube.SelectedPods) bool {
				return n.clusterPeer(&kube.AdminEgressPeer{Namespaces: p.Namespaces, Pods: p.Pods}, f.from, f.fromIP)
			})
			out = append(out, adminRule{r.Action, match && adminPorts(r.Ports, f)})
		}
		return out
	}
	for _, r := range eg {
		match := slices.ContainsFunc(r.To, func(p kube.AdminEgressPeer) bool { return n.clusterPeer(&p, f.to, f.toIP) })
		out = append(out, adminRule{r.Action, match && adminPorts(r.Ports, f)})
	}
	return out
}

func adminPorts(list *[]kube.AdminPort, f flow) bool {
	if list == nil {
		return true
	}
	return slices.ContainsFunc(*list, func(p kube.AdminPort) bool {
		switch {
		case p.PortNumber != nil:
			return cmp.Or(p.PortNumber.Protocol, "TCP") == f.proto && p.PortNumber.Port == f.port
		case p.PortRange != nil:
			return cmp.Or(p.PortRange.Protocol, "TCP") == f.proto && p.PortRange.Start <= f.port && f.port <= p.PortRange.End
		}
		return namedPort(f, *p.NamedPort, "")
	})
}

func (n naive) clusterRules(f flow, dir string, p *kube.ClusterNetworkPolicy) []adminRule {
	var out []adminRule
	if dir == "Ingress" {
		for _, r := range p.Spec.Ingress {
			match := slices.ContainsFunc(r.From, func(p kube.SelectedPods) bool {
				return n.clusterPeer(&kube.AdminEgressPeer{Namespaces: p.Namespaces, Pods: p.Pods}, f.from, f.fromIP)
			})
			out = append(out, adminRule{r.Action, match && clusterPorts(r.Protocols, f)})
		}
		return out
	}
	for _, r := range p.Spec.Egress {
		match := slices.ContainsFunc(r.To, func(p kube.AdminEgressPeer) bool { return n.clusterPeer(&p, f.to, f.toIP) })
		out = append(out, adminRule{r.Action, match && clusterPorts(r.Protocols, f)})
	}
	return out
}

func clusterPorts(list []kube.ClusterProtocol, f flow) bool {
	if list == nil {
		return true
	}
	return slices.ContainsFunc(list, func(p kube.ClusterProtocol) bool {
		if p.DestinationNamedPort != "" {
			return namedPort(f, p.DestinationNamedPort, "")
		}
		t := map[string]*kube.ClusterTransport{"TCP": p.TCP, "UDP": p.UDP, "SCTP": p.SCTP}[f.proto]
		switch {
		case t == nil:
			return false
		case t.DestinationPort.Range != nil:
			return t.DestinationPort.Range.Start <= f.port && f.port <= t.DestinationPort.Range.End
		}
		return t.DestinationPort.Number == f.port
	})
}
