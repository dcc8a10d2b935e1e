package probe

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// Plan is what one probe puts into the cluster.
type Plan struct {
	ID      string
	Options Options
	Flows   []Flow
}

// prefix begins all names, before the probe's id.
const prefix = "catalyst-probe-"

// name is what everything of a probe is called, with a suffix for each pod.
func (p *Plan) name(suffix string) string { return prefix + p.ID + suffix }

// namespaces are where the probe puts something, sorted.
func (p *Plan) namespaces() []string {
	set := make(map[string]bool)
	for _, f := range p.Flows {
		set[f.Source.Meta.Namespace] = true
		if p.Options.Listen {
			set[f.Destination.Meta.Namespace] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// anchors are the owners of the pods, one in each namespace.
func (p *Plan) anchors() []*Object {
	var out []*Object
	for _, ns := range p.namespaces() {
		out = append(out, &Object{APIVersion: "v1", Kind: "ConfigMap", Metadata: p.meta(ns, "", nil)})
	}
	return out
}

func (p *Plan) meta(namespace, suffix string, borrowed map[string]string) objectMeta {
	m := objectMeta{Name: p.name(suffix), Namespace: namespace, Labels: map[string]string{}, Annotations: map[string]string{
		"kubernetes.io/description": "made for a moment by 'kubectl catalyst network-policy probe'; 'probe --clean' removes it",
		LifetimeAnnotation:          p.Options.lifetime().String(),
	}}
	maps.Copy(m.Labels, borrowed)
	m.Labels[Label] = p.ID
	return m
}

// server is a pod that listens in the place of another.
type server struct {
	place *kube.Pod
	proto ports.Protocol
	port  uint16
	addr  netip.Addr // the family that it has to answer in
}

// servers are the distinct places to listen at, in the order of the flows.
func (p *Plan) listeners() []server {
	var out []server
	if !p.Options.Listen {
		return nil
	}
	for _, f := range p.Flows {
		if s := (server{f.Destination, f.Protocol, f.Port, f.Addr}); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// serverPods are the pods that listen in the place of the destinations; none when
// the real ones are to answer. owners are the UIDs of the anchors by namespace.
func (p *Plan) serverPods(owners map[string]string) []*Object {
	var out []*Object
	for i, s := range p.listeners() {
		o := p.pod(s.place, "-to-"+strconv.Itoa(i), owners)
		command, env := serve(s.proto, s.port)
		c := p.container("server", command)
		c.Env, c.Ports = env, namedPorts(s.place)
		c.ReadinessProbe = &readiness{TCPSocket: socket{Port: int(s.port)}, PeriodSeconds: 1}
		spec := o.Spec.(*PodSpec)
		spec.Containers = []container{c}
		if s.port < 1024 && !spec.HostNetwork {
			spec.SecurityContext.Sysctls = []sysctl{{"net.ipv4.ip_unprivileged_port_start", "0"}}
		}
		out = append(out, o)
	}
	return out
}

// sources are the distinct pods to connect from.
func (p *Plan) sources() []*kube.Pod {
	var out []*kube.Pod
	for _, f := range p.Flows {
		if !slices.Contains(out, f.Source) {
			out = append(out, f.Source)
		}
	}
	return out
}

// clientPods are the pods that connect, with a container for each flow. listening
// holds the host:port of the serverPods, in their order.
func (p *Plan) clientPods(owners map[string]string, listening []string) []*Object {
	var out []*Object
	for i, src := range p.sources() {
		o := p.pod(src, "-from-"+strconv.Itoa(i), owners)
		spec := o.Spec.(*PodSpec)
		for n, f := range p.Flows {
			if f.Source == src {
				spec.Containers = append(spec.Containers, p.container(containerOf(n), p.dial(f, listening)))
			}
		}
		out = append(out, o)
	}
	return out
}

func containerOf(flow int) string { return "flow-" + strconv.Itoa(flow) }

func (p *Plan) dial(f Flow, listening []string) []string {
	to := netip.AddrPortFrom(f.Addr, f.Port).String()
	if i := p.serverOf(f); i >= 0 {
		to = listening[i]
	}
	return connect(to, f.Protocol, p.Options.Timeout, however, attempts)
}

// serverOf is the index of the server that a flow goes to; -1 for none.
func (p *Plan) serverOf(f Flow) int {
	return slices.Index(p.listeners(), server{f.Destination, f.Protocol, f.Port, f.Addr})
}

// clientOf is the index of the client that a flow comes from.
func (p *Plan) clientOf(f Flow) int { return slices.Index(p.sources(), f.Source) }

// Refuse returns why a flow cannot be probed, or nil.
func (p *Plan) Refuse() error {
	for _, f := range p.Flows {
		for _, place := range []*kube.Pod{f.Source, f.Destination} {
			if place != nil && place.Spec.NodeName == "" && (place == f.Source || p.Options.Listen) {
				return fmt.Errorf("pod %q runs on no node yet", place.Meta.Namespace+"/"+place.Meta.Name)
			}
		}
		if p.Options.Listen && f.Destination != nil && f.Destination.Spec.HostNetwork {
			return fmt.Errorf("pod %q is on the host network, where its ports are taken", f.Destination.Meta.Namespace+"/"+f.Destination.Meta.Name)
		}
	}
	return nil
}

// Manifests are the objects that Run would create, in order. What only the
// cluster can tell, UIDs and addresses, is written out in words.
func (p *Plan) Manifests() []*Object {
	owners := make(map[string]string)
	out := p.anchors()
	for _, o := range out {
		owners[o.Metadata.Namespace] = "the uid of " + o.Ref().String()
	}
	servers := p.serverPods(owners)
	var at []string
	for i, s := range p.listeners() {
		at = append(at, "the address of "+nameOf(servers[i])+":"+strconv.Itoa(int(s.port)))
	}
	return append(append(out, servers...), p.clientPods(owners, at)...)
}

// meshLabels are labels that would have a service mesh put a proxy in front of
// the probe, which answers in place of the network.
var meshLabels = map[string]string{"sidecar.istio.io/inject": "false", "linkerd.io/inject": "disabled"}

// pod is a pod in the place of another, without containers.
func (p *Plan) pod(place *kube.Pod, suffix string, owners map[string]string) *Object {
	m := p.meta(place.Meta.Namespace, suffix, place.Meta.Labels)
	for key, value := range meshLabels {
		m.Annotations[key] = value
		if _, ok := m.Labels[key]; ok {
			m.Labels[key] = value
		}
	}
	m.OwnerReferences = []ownerReference{{APIVersion: "v1", Kind: "ConfigMap", Name: p.name(""), UID: owners[m.Namespace], Controller: true}}
	spec := newPodSpec(p.Options)
	spec.NodeName, spec.HostNetwork, spec.ServiceAccountName = place.Spec.NodeName, place.Spec.HostNetwork, place.Spec.ServiceAccountName
	return &Object{APIVersion: "v1", Kind: "Pod", Metadata: m, Spec: spec}
}

// newPodSpec returns what the specs of all pods have in common. They meet the
// restricted Pod Security Standard.
func newPodSpec(o Options) *PodSpec {
	return &PodSpec{
		RestartPolicy: "Never", ActiveDeadlineSeconds: int(o.lifetime().Seconds()), TerminationGracePeriodSeconds: 1,
		DNSPolicy: "Default",
		// Named nodes are not chosen by the scheduler, but NoExecute drives pods away.
		Tolerations:    []toleration{{Operator: "Exists", Effect: "NoExecute"}},
		ReadinessGates: []gate{{neverReady}},
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

// namedPorts are the ports of a pod that policies may name, each name once.
func namedPorts(p *kube.Pod) []kube.ContainerPort {
	var out []kube.ContainerPort
	addPorts := func(c *kube.Container) {
		for _, port := range c.Ports {
			if port.Name != "" && !slices.ContainsFunc(out, func(have kube.ContainerPort) bool { return have.Name == port.Name }) {
				out = append(out, kube.ContainerPort{Name: port.Name, ContainerPort: port.ContainerPort, Protocol: port.Protocol})
			}
		}
	}
	for i := range p.Spec.Containers {
		addPorts(&p.Spec.Containers[i])
	}
	for i := range p.Spec.InitContainers {
		if p.Spec.InitContainers[i].RestartPolicy == "Always" {
			addPorts(&p.Spec.InitContainers[i])
		}
	}
	return out
}
