package lint

import (
	"fmt"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// servicePortMistake is a port of a rule that is a service's, while its pods listen
// on another.
type servicePortMistake struct {
	info    *netpol.PolicyInfo
	rule    *netpol.RuleInfo
	entry   int // index into the rule's ports
	port    uint16
	target  uint16
	service *kube.Service
}

// servicePort reports ports of services in rules: policies apply behind the
// service, where traffic arrives at the targetPort.
func servicePort(p *pass) {
	for _, m := range p.servicePorts() {
		text := fmt.Sprintf("%s: %d is the port of %s, but its pods listen on %d, and that is the port a policy has to allow",
			m.rule.Ports[m.entry].Path, m.port, m.service.Ref(), m.target)
		proto, _, _ := singlePort(m.rule.Ports[m.entry])
		if closed := p.closedPeer(&m, proto); closed != "" {
			p.report(m.info.Ref, m.rule.Ref.Origin, text+". Correcting it is not enough, because "+closed)
			continue
		}
		p.report(m.info.Ref, m.rule.Ref.Origin, text).offer(corrected(p.sources[m.info.Ref], func(s *kube.NetworkPolicySpec) bool {
			return replacePort(s, m.rule.Ref, m.entry, int32(m.port), int32(m.target))
		}))
	}
}

// closedPeer says which peer of a rule would not get through to the right port
// either, because of policies on its own side; "" for none.
func (p *pass) closedPeer(m *servicePortMistake, proto ports.Protocol) string {
	for _, peer := range m.rule.Peers {
		if peer.Block || len(peer.Pods) == 0 || p.isEveryPod(&peer) {
			continue
		}
		var closed *netpol.Side
		for _, far := range peer.Pods {
			for _, near := range m.info.Pods {
				if near == far {
					continue
				}
				side := p.otherSide(m.rule.Ref.Direction, near, far, proto, m.target)
				if side.Allowed || p.hasServicePort(side.Policies, m.target) {
					closed = nil
					break
				}
				closed = &side
			}
			if closed == nil {
				break
			}
		}
		if closed != nil && len(closed.Policies) > 0 {
			return fmt.Sprintf("%s%s keeps %s out as well", closed.Policies[0].Policy, lineOf(closed.Policies[0].Origin), peer.Path)
		}
	}
	return ""
}

// otherSide explains what the policies of a peer say about a flow that a rule of
// another policy is for.
func (p *pass) otherSide(d netpol.Direction, near, far int, proto ports.Protocol, port uint16) netpol.Side {
	if d == netpol.Egress {
		return p.Engine.Explain(p.Engine.PodAt(near), p.Engine.PodAt(far), proto, port).Ingress
	}
	return p.Engine.Explain(p.Engine.PodAt(far), p.Engine.PodAt(near), proto, port).Egress
}

// anyEntry stands for every entry of a rule's ports.
const anyEntry = -1

// isServicePort reports whether an entry of a rule's ports is such a mistake.
func (p *pass) isServicePort(ref netpol.RuleRef, entry int) bool {
	return slices.ContainsFunc(p.servicePorts(), func(m servicePortMistake) bool {
		return m.rule.Ref.ID == ref.ID && (entry == anyEntry || m.entry == entry)
	})
}

// hasServicePort reports whether a rule of some policies has such a mistake where
// a port of the pods is meant.
func (p *pass) hasServicePort(policies []netpol.PolicyRef, target uint16) bool {
	return slices.ContainsFunc(p.servicePorts(), func(m servicePortMistake) bool {
		return m.target == target && slices.ContainsFunc(policies, func(r netpol.PolicyRef) bool { return r.Policy == m.info.Ref })
	})
}

func (p *pass) findServicePorts() []servicePortMistake {
	type key struct {
		pod   int
		proto ports.Protocol
		port  int32
	}
	mapped := make(map[key]uint16) // the service's port → the pod's
	via := make(map[key]*kube.Service)
	for _, x := range p.exposures {
		for _, b := range x.backends {
			for _, pod := range b.Pods {
				if int32(pod.Port) != b.Port.Port {
					k := key{pod.Pod, protocolOf(b.Port.Protocol), b.Port.Port}
					mapped[k], via[k] = pod.Port, x.service
				}
			}
		}
	}
	if len(mapped) == 0 {
		return nil
	}
	var out []servicePortMistake
	p.eachRule(func(info *netpol.PolicyInfo, r *netpol.RuleInfo) {
		if r.Ref.Action != "Allow" && info.Ref.Kind != "NetworkPolicy" {
			return
		}
		for at, entry := range r.Ports {
			proto, port, ok := singlePort(entry)
			if !ok {
				continue
			}
			m := servicePortMistake{info: info, rule: r, entry: at, port: port}
			for _, pod := range destinations(info, r) {
				to, wrong := mapped[key{pod, proto, int32(port)}]
				if p.declares(pod, proto, port) || !wrong || portsAllow(r, proto, to) || m.service != nil && m.target != to {
					m.service = nil // meant as it is, at least for some
					break
				}
				m.target, m.service = to, via[key{pod, proto, int32(port)}]
			}
			if m.service != nil {
				out = append(out, m)
			}
		}
	})
	return out
}

// undeclaredPort reports ports that no container in question declares, where the
// containers do declare some.
func undeclaredPort(p *pass) {
	type end struct {
		pod  int
		port uint16
	}
	targets := make(map[end]bool) // where services lead counts as declared
	for _, x := range p.exposures {
		for _, b := range x.backends {
			for _, pod := range b.Pods {
				targets[end{pod.Pod, pod.Port}] = true
			}
		}
	}
	p.eachRule(func(info *netpol.PolicyInfo, r *netpol.RuleInfo) {
		if r.Ref.Action != "Allow" || info.Ref.Kind != "NetworkPolicy" {
			return
		}
		pods := destinations(info, r)
		if len(pods) == 0 || slices.ContainsFunc(pods, func(i int) bool { return !p.declaresAny(i) }) ||
			slices.ContainsFunc(r.Peers, func(q netpol.PeerInfo) bool { return r.Ref.Direction == netpol.Egress && q.Outside }) {
			return
		}
		for at, entry := range r.Ports {
			proto, port, ok := singlePort(entry)
			ok = ok && !p.isServicePort(r.Ref, at)
			declared := func(i int) bool {
				return targets[end{i, port}] || slices.ContainsFunc(ports.Protocols(), func(any ports.Protocol) bool { return p.declares(i, any, port) })
			}
			if ok && !slices.ContainsFunc(pods, declared) {
				p.report(info.Ref, r.Ref.Origin, fmt.Sprintf("%s: no container of %s declares %s port %d. If none listens there, the rule is of no use",
					entry.Path, p.podNames(pods), proto, port))
			}
		}
	})
}

// declaresAny reports whether a container of the pod declares any port.
func (p *pass) declaresAny(pod int) bool {
	return slices.ContainsFunc(p.objects.Pods[pod].Spec.Containers, func(c kube.Container) bool { return len(c.Ports) > 0 })
}

// destinations are the pods that a rule's ports are about.
func destinations(info *netpol.PolicyInfo, r *netpol.RuleInfo) []int {
	if r.Ref.Direction == netpol.Ingress {
		return info.Pods
	}
	var out []int
	for _, peer := range r.Peers {
		out = append(out, peer.Pods...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// singlePort returns the port of an entry that names exactly one by number.
func singlePort(e netpol.PortInfo) (ports.Protocol, uint16, bool) {
	if e.Name != "" {
		return 0, 0, false
	}
	for _, p := range ports.Protocols() {
		for first, last := range e.Set.Spans(p) {
			return p, first, e.Set == ports.Range(p, first, first) && first == last
		}
	}
	return 0, 0, false
}

// declares reports whether a container of the pod says that it listens there.
func (p *pass) declares(pod int, proto ports.Protocol, port uint16) bool {
	spec := &p.objects.Pods[pod].Spec
	for _, c := range slices.Concat(spec.Containers, spec.InitContainers) {
		for _, one := range c.Ports {
			if one.ContainerPort == int32(port) && protocolOf(one.Protocol) == proto {
				return true
			}
		}
	}
	return false
}

func replacePort(s *kube.NetworkPolicySpec, at netpol.RuleRef, entry int, from, to int32) bool {
	var list []kube.NetworkPolicyPort
	switch {
	case at.Direction == netpol.Ingress && at.Index < len(s.Ingress):
		list = s.Ingress[at.Index].Ports
	case at.Direction == netpol.Egress && at.Index < len(s.Egress):
		list = s.Egress[at.Index].Ports
	}
	if entry >= len(list) || list[entry].Port == nil || list[entry].Port.Int != from {
		return false
	}
	list[entry].Port.Int = to
	return true
}
