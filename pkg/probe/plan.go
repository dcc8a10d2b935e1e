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

// Namespaces are where the probe puts something, sorted.
func (p *Plan) Namespaces() []string {
	set := make(map[string]bool)
	for _, f := range p.Flows {
		set[f.Source.Meta.Namespace] = true
		if p.Options.Listen {
			set[f.Destination.Meta.Namespace] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// Anchors are the owners of the pods, one in each namespace.
func (p *Plan) Anchors() []*Object {
	var out []*Object
	for _, ns := range p.Namespaces() {
		out = append(out, &Object{APIVersion: "v1", Kind: "ConfigMap", Metadata: p.meta(ns, "", nil)})
	}
	return out
}

func (p *Plan) meta(namespace, suffix string, borrowed map[string]string) Meta {
	m := Meta{Name: p.name(suffix), Namespace: namespace, Labels: map[string]string{}, Annotations: map[string]string{
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
func (p *Plan) servers() []server {
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

// Servers are the pods that listen in the place of the destinations; none when
// the real ones are to answer. owners are the UIDs of the anchors by namespace.
func (p *Plan) Servers(owners map[string]string) []*Object {
	var out []*Object
	for i, s := range p.servers() {
		o := p.pod(s.place, "-to-"+strconv.Itoa(i), owners)
		command, env := serve(s.proto, s.port)
		c := p.container("server", command)
		c.Env, c.Ports = env, named(s.place)
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

// Clients are the pods that connect, with a container for each flow. listening
// holds the host:port of the Servers, in their order.
func (p *Plan) Clients(owners map[string]string, listening []string) []*Object {
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
	return slices.Index(p.servers(), server{f.Destination, f.Protocol, f.Port, f.Addr})
}

// clientOf is the index of the client that a flow comes from.
func (p *Plan) clientOf(f Flow) int { return slices.Index(p.sources(), f.Source) }

// Refuse says why a flow cannot be probed, or nil.
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
