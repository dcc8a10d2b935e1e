package lint

import (
	"fmt"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// servicePort: policies apply behind the service, where traffic arrives at the
// targetPort.
func servicePort(p *pass) {
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
		return
	}
	p.eachRule(func(info *netpol.PolicyInfo, r *netpol.RuleInfo) {
		if r.Ref.Action != "Allow" && info.Ref.Kind != "NetworkPolicy" {
			return
		}
		for _, entry := range r.Ports {
			proto, port, ok := singlePort(entry)
			if !ok {
				continue
			}
			wrong, target, service := 0, uint16(0), (*kube.Service)(nil)
			for _, pod := range destinations(info, r) {
				if p.declares(pod, proto, port) {
					wrong = 0
					break
				}
				k := key{pod, proto, int32(port)}
				if to, ok := mapped[k]; ok && !ruleAllows(r, proto, to) {
					wrong++
					target, service = to, via[k]
				}
			}
			if wrong == 0 {
				continue
			}
			fix := corrected(p.sources[info.Ref], func(s *kube.NetworkPolicySpec) bool {
				return replacePort(s, r.Ref, int32(port), int32(target))
			})
			p.report(info.Ref, r.Ref.Origin, fix, fmt.Sprintf(
				"%s: %d is the port of %s; its pods listen on targetPort %d, and that is what a policy must allow", entry.Path, port, service.Ref(), target))
		}
	})
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

func ruleAllows(r *netpol.RuleInfo, p ports.Protocol, port uint16) bool {
	return slices.ContainsFunc(r.Ports, func(e netpol.PortInfo) bool { return e.Name != "" || e.Set.Contains(p, port) })
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

func replacePort(s *kube.NetworkPolicySpec, at netpol.RuleRef, from, to int32) bool {
	var list []kube.NetworkPolicyPort
	switch {
	case at.Direction == netpol.Ingress && at.Index < len(s.Ingress):
		list = s.Ingress[at.Index].Ports
	case at.Direction == netpol.Egress && at.Index < len(s.Egress):
		list = s.Egress[at.Index].Ports
	}
	for i := range list {
		if list[i].Port != nil && list[i].Port.Int == from {
			list[i].Port.Int = to
		}
	}
	return len(list) > 0
}
