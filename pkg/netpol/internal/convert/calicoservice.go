package convert

import (
	"net/netip"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// forService divides the last rule of list by a service's endpoints: for egress
// each with its port, for ingress whatever the port.
func (r *calicoReader) forService(list []rules.Rule, path string, families [2]bool, s *kube.CalicoService, withPorts bool) []rules.Rule {
	rule := list[len(list)-1]
	ns := s.Namespace
	if ns == "" {
		ns = r.policy.Meta.Namespace
	}
	groups := r.index.service(ns, s.Name, withPorts)
	if len(groups) == 0 {
		return list
	}
	out := list[:len(list)-1]
	for _, g := range groups {
		one := rule
		p := g.peer
		p.Path = path + ".services"
		p.Limit(families)
		one.Peers = []rules.Peer{p}
		if withPorts {
			one.Ports = narrowPorts(g.ports, rule.Ports)
		}
		out = append(out, one)
	}
	return out
}

// narrowPorts narrows the ports of endpoints to the protocols of a rule.
func narrowPorts(of, by rules.Ports) rules.Ports {
	out := rules.Ports{Set: of.Set.Intersect(by.Set)}
	for _, n := range of.Names {
		if by.Set.Has(n.Protocol) {
			out.Names = append(out.Names, n)
		}
	}
	return out
}

// service returns the endpoints of a service: those of its slices, or, where no
// slice was read, the pods that its selector finds.
func (c *calicoIndex) service(ns, name string, withPorts bool) []endpointGroup {
	key := ns + "/" + name
	if withPorts {
		key += " with ports"
	}
	out, ok := c.groups[key]
	if !ok {
		out = c.findService([2]string{ns, name}, withPorts)
		c.groups[key] = out
	}
	return out
}

func (c *calicoIndex) findService(key [2]string, withPorts bool) []endpointGroup {
	if list := c.slices[key]; len(list) > 0 {
		return fromSlices(list, withPorts)
	}
	svc := c.services[key]
	switch {
	case len(c.objects.EndpointSlices) > 0:
		return nil // slices were read, and the service has none
	case svc == nil:
		return []endpointGroup{{peer: rules.Peer{Unknown: "the service " + key[0] + "/" + key[1] + " is not among the objects"}}}
	case len(svc.Spec.Selector) == 0:
		return []endpointGroup{{peer: rules.Peer{Unknown: "the service " + key[0] + "/" + key[1] + " has no selector, and its EndpointSlices are not among the objects"}}}
	}
	return c.fromSelector(svc, withPorts)
}

// fromSlices: a slice without a port number has no port, and so nothing that a
// rule with ports could match.
func fromSlices(list []*kube.EndpointSlice, withPorts bool) []endpointGroup {
	var out []endpointGroup
	for _, s := range list {
		g := endpointGroup{peer: rules.Peer{Block: &rules.Block{Cluster: true}}}
		for _, e := range s.Endpoints {
			for _, text := range e.Addresses {
				if ip, err := netip.ParseAddr(text); err == nil {
					ip = ip.Unmap().WithZone("")
					g.peer.Block.Nets = append(g.peer.Block.Nets, netip.PrefixFrom(ip, ip.BitLen()))
				}
			}
		}
		for _, p := range s.Ports {
			if proto, ok := ports.ParseProtocol(orTCP(p.Protocol)); ok && p.Port != nil && *p.Port >= ports.First && *p.Port <= ports.Last {
				g.ports.Set = g.ports.Set.Union(ports.Range(proto, uint16(*p.Port), uint16(*p.Port)))
			}
		}
		if !withPorts || !g.ports.Set.Empty() {
			out = append(out, g)
		}
	}
	return out
}

func orTCP(protocol string) string {
	if protocol == "" {
		return "TCP"
	}
	return protocol
}

// fromSelector finds the pods behind a service as the endpoints controller does.
// Pods on the host network are there by their node's address.
func (c *calicoIndex) fromSelector(svc *kube.Service, withPorts bool) []endpointGroup {
	pods := rules.InNamespace(svc.Meta.Namespace)
	keys := make([]string, 0, len(svc.Spec.Selector))
	for k := range svc.Spec.Selector {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		pods = rules.AllOf(pods, rules.OneOf(rules.PodLabels, k, svc.Spec.Selector[k]))
	}
	families := familiesOf(svc)
	peer := rules.Peer{Pods: &pods}
	peer.Limit(families)
	g := endpointGroup{peer: peer, ports: targetPorts(svc, nil)}
	out := []endpointGroup{g}
	for i := range c.objects.Pods {
		p := &c.objects.Pods[i]
		if !p.Spec.HostNetwork || p.Meta.Namespace != svc.Meta.Namespace ||
			p.Status.Phase == "Succeeded" || p.Status.Phase == "Failed" || !hasLabels(p.Meta.Labels, svc.Spec.Selector) {
			continue
		}
		host := endpointGroup{peer: rules.Peer{Block: &rules.Block{Cluster: true, Nodes: true}}, ports: targetPorts(svc, p)}
		for _, ip := range p.Status.PodIPs {
			if a, err := netip.ParseAddr(ip.IP); err == nil && families[addr.Of(a.Unmap())] {
				a = a.Unmap()
				host.peer.Block.Nets = append(host.peer.Block.Nets, netip.PrefixFrom(a, a.BitLen()))
			}
		}
		if len(host.peer.Block.Nets) > 0 && (!withPorts || !host.ports.Set.Empty()) {
			out = append(out, host)
		}
	}
	return out
}

func hasLabels(labels, want map[string]string) bool {
	for k, v := range want {
		if got, ok := labels[k]; !ok || got != v {
			return false
		}
	}
	return true
}

// familiesOf returns those in which a service has endpoints; both when its
// addresses do not show it.
func familiesOf(svc *kube.Service) [2]bool {
	var out [2]bool
	for _, text := range append([]string{svc.Spec.ClusterIP}, svc.Spec.ClusterIPs...) {
		if ip, err := netip.ParseAddr(text); err == nil {
			out[addr.Of(ip.Unmap())] = true
		}
	}
	if !out[addr.IPv4] && !out[addr.IPv6] {
		return [2]bool{true, true}
	}
	return out
}

// targetPorts returns the ports of a service at its pods; at one pod of the host
// network, names are looked up there.
func targetPorts(svc *kube.Service, at *kube.Pod) rules.Ports {
	var out rules.Ports
	for _, p := range svc.Spec.Ports {
		proto, ok := ports.ParseProtocol(orTCP(p.Protocol))
		if !ok {
			continue
		}
		number := p.Port
		if t := p.TargetPort; t != nil && t.Str != "" {
			if at == nil {
				out.Names = append(out.Names, rules.NamedPort{Name: t.Str, Protocol: proto})
				continue
			}
			number = declaredPort(at, t.Str, orTCP(p.Protocol))
		} else if t != nil && t.Int != 0 {
			number = t.Int
		}
		if number >= ports.First && number <= ports.Last {
			out.Set = out.Set.Union(ports.Range(proto, uint16(number), uint16(number)))
		}
	}
	return out
}

// declaredPort returns the number of a named port of a pod; 0 without.
func declaredPort(p *kube.Pod, name, protocol string) int32 {
	for _, c := range p.Spec.Containers {
		for _, port := range c.Ports {
			if port.Name == name && orTCP(port.Protocol) == protocol {
				return port.ContainerPort
			}
		}
	}
	return 0
}
