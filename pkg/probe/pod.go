package probe

import (
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// unborrowed are labels that would have a service mesh put a proxy in front of
// the probe, which answers in place of the network.
var unborrowed = map[string]string{"sidecar.istio.io/inject": "false", "linkerd.io/inject": "disabled"}

// pod is a pod in the place of another, without containers.
func (p *Plan) pod(place *kube.Pod, suffix string, owners map[string]string) *Object {
	m := p.meta(place.Meta.Namespace, suffix, place.Meta.Labels)
	for key, value := range unborrowed {
		m.Annotations[key] = value
		if _, ok := m.Labels[key]; ok {
			m.Labels[key] = value
		}
	}
	m.OwnerReferences = []Owner{{APIVersion: "v1", Kind: "ConfigMap", Name: p.name(""), UID: owners[m.Namespace], Controller: true}}
	spec := bare(p.Options)
	spec.NodeName, spec.HostNetwork, spec.ServiceAccountName = place.Spec.NodeName, place.Spec.HostNetwork, place.Spec.ServiceAccountName
	return &Object{APIVersion: "v1", Kind: "Pod", Metadata: m, Spec: spec}
}

// bare is what the specs of all pods have in common. They meet the restricted
// Pod Security Standard.
func bare(o Options) *PodSpec {
	return &PodSpec{
		RestartPolicy: "Never", ActiveDeadlineSeconds: int(o.lifetime().Seconds()), TerminationGracePeriodSeconds: 1,
		DNSPolicy: "Default",
		// Named nodes are not chosen by the scheduler, but NoExecute drives pods away.
		Tolerations:    []toleration{{Operator: "Exists", Effect: "NoExecute"}},
		ReadinessGates: []gate{{NeverReady}},
		SecurityContext: podSecurity{RunAsNonRoot: true, RunAsUser: 65532, RunAsGroup: 65532,
			SeccompProfile: seccomp{"RuntimeDefault"}},
	}
}

func (p *Plan) container(name string, command []string) container {
	return newContainer(p.Options, name, command)
}

func newContainer(o Options, name string, command []string) container {
	return container{
		Name: name, Image: o.Image, ImagePullPolicy: "IfNotPresent", Command: command,
		Resources: resources{
			Requests: map[string]string{"cpu": "10m", "memory": "32Mi", "ephemeral-storage": "16Mi"},
			Limits:   map[string]string{"cpu": "200m", "memory": "128Mi", "ephemeral-storage": "16Mi"},
		},
		SecurityContext:        containerSecurity{ReadOnlyRootFilesystem: true, Capabilities: capabilities{Drop: []string{"ALL"}}},
		TerminationMessagePath: messagePath, TerminationMessagePolicy: "FallbackToLogsOnError",
	}
}

// named are the ports of a pod that policies may name, each name once.
func named(p *kube.Pod) []kube.ContainerPort {
	var out []kube.ContainerPort
	take := func(c *kube.Container) {
		for _, port := range c.Ports {
			if port.Name != "" && !slices.ContainsFunc(out, func(have kube.ContainerPort) bool { return have.Name == port.Name }) {
				out = append(out, kube.ContainerPort{Name: port.Name, ContainerPort: port.ContainerPort, Protocol: port.Protocol})
			}
		}
	}
	for i := range p.Spec.Containers {
		take(&p.Spec.Containers[i])
	}
	for i := range p.Spec.InitContainers {
		if p.Spec.InitContainers[i].RestartPolicy == "Always" {
			take(&p.Spec.InitContainers[i])
		}
	}
	return out
}
