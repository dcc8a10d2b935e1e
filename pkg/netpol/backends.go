package netpol

import (
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// Backends resolves a service to its pods and their ports, in the order of its
// ports; none for a service without selector. Pods that have ended are not among
// them, pods on the host network are.
func (e *Engine) Backends(s *kube.Service) []Backend {
	id, ok := e.c.nsByName[s.Meta.Namespace]
	if !ok || len(s.Spec.Selector) == 0 {
		return nil
	}
	var out []Backend
	for _, port := range s.Spec.Ports {
		one := Backend{Port: port}
		for _, i := range e.c.namespaces[id].pods {
			p := &e.objects.Pods[i]
			if e.c.pods[i].standing == ended || !hasAll(p.Meta.Labels, s.Spec.Selector) {
				continue
			}
			if n := targetPort(p, &port); n != 0 {
				one.Pods = append(one.Pods, BackendPod{Pod: int(i), Port: n})
			}
		}
		out = append(out, one)
	}
	return out
}

func hasAll(labels, want map[string]string) bool {
	for k, v := range want {
		if got, ok := labels[k]; !ok || got != v {
			return false
		}
	}
	return true
}

// targetPort returns where traffic for a service's port arrives at a pod; 0 when
// the pod declares no port of the name. Of several, the first counts, as for the
// endpoints controller.
func targetPort(p *kube.Pod, port *kube.ServicePort) uint16 {
	switch t := port.TargetPort; {
	case t == nil || t.Str == "" && t.Int == 0:
		return uint16(port.Port)
	case t.Str == "":
		return uint16(t.Int)
	}
	proto, found := port.Protocol, uint16(0)
	declared(p, func(c kube.ContainerPort) {
		if found == 0 && c.Name == port.TargetPort.Str && orTCP(c.Protocol) == orTCP(proto) {
			found = uint16(c.ContainerPort)
		}
	})
	return found
}

func orTCP(protocol string) string {
	if protocol == "" {
		return "TCP"
	}
	return protocol
}
