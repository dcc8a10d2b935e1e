package inventory

import (
	"cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// Backend is what a service's port leads to.
type Backend struct {
	Port kube.ServicePort
	Pods []BackendPod
}

// BackendPod is a pod behind a service and the port traffic arrives at there:
// the one a policy has to allow.
type BackendPod struct {
	Pod  int // index into Objects.Pods
	Port uint16
}

// Backends resolves a service to its pods and their ports, in the order of its
// ports; none for a service without selector. Pods that have ended are not among
// them, pods on the host network are.
func (v *Inventory) Backends(s *kube.Service) []Backend {
	id, ok := v.NamespaceByName[s.Meta.Namespace]
	if !ok || len(s.Spec.Selector) == 0 {
		return nil
	}
	var out []Backend
	for _, port := range s.Spec.Ports {
		one := Backend{Port: port}
		for _, i := range v.Namespaces[id].Pods {
			p := &v.Objects.Pods[i]
			if v.Pods[i].Network == Ended || !hasAll(p.Meta.Labels, s.Spec.Selector) {
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
	found := uint16(0)
	DeclaredPorts(p, func(c kube.ContainerPort) {
		if found == 0 && c.Name == port.TargetPort.Str && cmp.Or(c.Protocol, "TCP") == cmp.Or(port.Protocol, "TCP") {
			found = uint16(c.ContainerPort)
		}
	})
	return found
}
