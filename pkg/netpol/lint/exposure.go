package lint

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// exposure is a service with the pods behind each of its ports.
type exposure struct {
	service  *kube.Service
	backends []netpol.Backend
}

func (p *pass) findExposures() []exposure {
	var out []exposure
	for i := range p.objects.Services {
		s := &p.objects.Services[i]
		out = append(out, exposure{s, p.Engine.Backends(s)})
	}
	return out
}

func protocolOf(s string) ports.Protocol {
	if p, ok := ports.ParseProtocol(s); ok {
		return p
	}
	return ports.TCP
}

// entryPoint is something through which traffic from outside gets to pods, and a
// service that it leads to.
type entryPoint struct {
	ref     kube.Ref
	at      kube.Origin
	how     string
	service *exposure
	ports   []int32 // of the service; nil for all
	through bool    // a controller's pods stand in between
}

// entryPoints returns all services, ingresses and routes that lead from outside to
// pods.
func (p *pass) entryPoints() []entryPoint {
	byRef := make(map[kube.Ref]*exposure)
	var out []entryPoint
	for i := range p.exposures {
		x := &p.exposures[i]
		byRef[x.service.Ref()] = x
		if how := exposedAs(x.service); how != "" {
			out = append(out, entryPoint{ref: x.service.Ref(), at: x.service.Origin, how: how, service: x})
		}
	}
	ingresses := kube.ListOf[kube.Ingress](p.objects)
	for i := range ingresses {
		in := &ingresses[i]
		for _, b := range in.Backends() {
			if x := byRef[kube.Ref{Kind: "Service", Namespace: in.Meta.Namespace, Name: b.Name}]; x != nil {
				out = append(out, entryPoint{ref: in.Ref(), at: in.Origin, how: "Ingress", service: x, ports: x.named(b.Port.Name, b.Port.Number), through: true})
			}
		}
	}
	routes := kube.ListOf[kube.Route](p.objects)
	for i := range routes {
		r := &routes[i]
		for _, rule := range r.Spec.Rules {
			for _, b := range rule.BackendRefs {
				service := kube.Ref{Kind: "Service", Namespace: cmp.Or(b.Namespace, r.Meta.Namespace), Name: b.Name}
				if x := byRef[service]; x != nil && (b.Kind == "" || b.Kind == "Service") {
					out = append(out, entryPoint{ref: r.Ref(), at: r.Origin, how: r.Kind, service: x, ports: x.named("", b.Port), through: true})
				}
			}
		}
	}
	return out
}

// exposedAs returns how a service is reached from outside, or "".
func exposedAs(s *kube.Service) string {
	switch t := s.Spec.Type; {
	case s.Meta.Annotations[kube.InternalAnnotation] == "true":
		return ""
	case t == "LoadBalancer", t == "NodePort":
		return t
	case len(s.Spec.ExternalIPs) > 0:
		return "externalIPs"
	}
	return ""
}

// named returns the port of a service that a backend names; nil stands for all.
func (x *exposure) named(name string, number int32) []int32 {
	for _, b := range x.service.Spec.Ports {
		if name != "" && b.Name == name {
			return []int32{b.Port}
		}
	}
	if number == 0 {
		return nil
	}
	return []int32{number}
}

// reached returns how many pods an entry point leads to, and how many of them
// traffic through it can arrive at.
func (p *pass) reached(e entryPoint, controllers []int) (pods, open int, port uint16) {
	for _, b := range e.service.backends {
		if e.ports != nil && !slices.Contains(e.ports, b.Port.Port) {
			continue
		}
		for _, pod := range b.Pods {
			pods++
			proto := protocolOf(b.Port.Protocol)
			if p.arrives(e, pod, proto, controllers) {
				open++
			}
			port = pod.Port
		}
	}
	return pods, open, port
}

func (p *pass) arrives(e entryPoint, pod netpol.BackendPod, proto ports.Protocol, controllers []int) bool {
	to := p.Engine.PodAt(pod.Pod)
	if e.through {
		for _, c := range controllers {
			if c == pod.Pod || p.Engine.Connections(p.Engine.PodAt(c), to).Contains(proto, pod.Port) {
				return true
			}
		}
		return len(controllers) == 0 // who stands in between is not known
	}
	for _, r := range p.Engine.External(pod.Pod, netpol.Ingress) {
		if r.Ports.Contains(proto, pod.Port) && admitted(e.service.service, r.Range) {
			return true
		}
	}
	if e.service.service.Spec.ExternalTrafficPolicy == "Local" {
		return false
	}
	for i := range p.objects.Nodes { // the client's address may be hidden behind a node's
		for _, a := range p.objects.Nodes[i].Status.Addresses {
			if addr, err := netip.ParseAddr(a.Address); err == nil && p.Engine.Connections(p.Engine.Address(addr), to).Contains(proto, pod.Port) {
				return true
			}
		}
	}
	return false
}

// admitted reports whether a load balancer lets any address of the range in.
func admitted(s *kube.Service, r netpol.Range) bool {
	if len(s.Spec.LoadBalancerSourceRanges) == 0 || s.Spec.Type != "LoadBalancer" {
		return true
	}
	return slices.ContainsFunc(s.Spec.LoadBalancerSourceRanges, func(text string) bool {
		source, err := netip.ParsePrefix(strings.TrimSpace(text))
		return err == nil && (source.Contains(r.First) || source.Contains(r.Last) ||
			r.First.Is4() == source.Addr().Is4() && r.First.Compare(source.Masked().Addr()) <= 0 && r.Last.Compare(source.Masked().Addr()) >= 0)
	})
}

// controllerNames are the usual app.kubernetes.io/name labels of what serves
// Ingresses and Gateways.
var controllerNames = []string{"ingress-nginx", "nginx-ingress", "traefik", "haproxy-ingress", "kubernetes-ingress",
	"contour", "envoy", "kong", "gateway", "ambassador", "emissary-ingress", "octavia-ingress-controller"}

func (p *pass) controllers() []int {
	var out []int
	for i := range p.objects.Pods {
		pod := &p.objects.Pods[i]
		if pod.Status.Phase == "Succeeded" || pod.Status.Phase == "Failed" {
			continue
		}
		for _, key := range []string{"app.kubernetes.io/name", "app", "k8s-app"} {
			if slices.Contains(controllerNames, pod.Meta.Labels[key]) {
				out = append(out, i)
				break
			}
		}
	}
	return out
}

func exposedToInternet(p *pass) {
	controllers := p.controllers()
	for _, e := range p.entryPoints() {
		if pods, open, port := p.reached(e, controllers); open > 0 {
			p.report(e.ref, e.at, "", fmt.Sprintf("%s leads from outside the cluster to %d of %s behind service %s, on port %d",
				e.how, open, count(pods, "pod", "pods"), e.service.service.Meta.Name, port))
		}
	}
}

func exposureBroken(p *pass) {
	controllers := p.controllers()
	for _, e := range p.entryPoints() {
		pods, open, port := p.reached(e, controllers)
		if pods == 0 || open > 0 {
			continue
		}
		why := "policies let no address outside the cluster reach them"
		if e.through {
			why = "policies keep the pods that serve it from reaching them"
		}
		p.report(e.ref, e.at, "", fmt.Sprintf("%s leads to %s behind service %s, but %s on port %d",
			e.how, count(pods, "pod", "pods"), e.service.service.Meta.Name, why, port))
	}
}
