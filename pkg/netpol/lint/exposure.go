package lint

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/addr"
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

// reach is what an entry point comes to.
type reach struct {
	pods, open []int // behind the service, and those that traffic arrives at
	port       uint16
	claims     []Claim
}

// reachOf asks the engine which pods traffic through an entry point arrives at.
func (p *pass) reachOf(e *entryPoint) reach {
	var out reach
	for _, b := range e.service.backends {
		if e.ports != nil && !slices.Contains(e.ports, b.Port.Port) {
			continue
		}
		for _, pod := range b.Pods {
			out.pods = append(out.pods, pod.Pod)
			out.port = pod.Port
			claim := p.arrival(e, pod, protocolOf(b.Port.Protocol))
			if claim.Allowed {
				out.open = append(out.open, pod.Pod)
			} else if claim.Source.String() == "" {
				claim.Source, _ = p.Engine.OutsideIn(clientRange(e.service.service))
			}
			if claim.Source.String() != "" && len(out.claims) < mostClaims {
				out.claims = append(out.claims, claim)
			}
		}
	}
	return out
}

// arrival returns whether traffic through an entry point arrives at a pod, with the
// flow that shows it. The claim has no source where nobody known shows it.
func (p *pass) arrival(e *entryPoint, pod netpol.BackendPod, proto ports.Protocol) Claim {
	to := p.Engine.PodAt(pod.Pod)
	out := Claim{Destination: to, Protocol: proto, Port: pod.Port}
	try := func(from netpol.Endpoint) bool {
		if out.Source.String() == "" {
			out.Source = from
		}
		if p.Engine.Connections(from, to).Contains(proto, pod.Port) {
			out.Source, out.Allowed = from, true
		}
		return out.Allowed
	}
	if e.through {
		for _, c := range p.controllers() {
			if try(p.Engine.PodAt(c)) {
				return out
			}
		}
		if len(p.controllers()) > 0 {
			return out
		}
		out.Source, out.Allowed = p.Engine.AnySource(pod.Pod, proto, pod.Port)
		out.Allowed = out.Allowed || p.admitsUnknown(pod.Pod, proto, pod.Port)
		return out
	}
	for _, r := range p.Engine.External(pod.Pod, netpol.Ingress) {
		if !r.Ports.Contains(proto, pod.Port) {
			continue
		}
		for _, part := range admitted(e.service.service, r.Range) {
			if from, ok := p.Engine.OutsideIn(part); ok && try(from) {
				return out
			}
		}
	}
	if e.service.service.Spec.ExternalTrafficPolicy == "Local" {
		return out
	}
	for i := range p.objects.Nodes { // the client's address may be hidden behind a node's
		for _, a := range p.objects.Nodes[i].Status.Addresses {
			if addr, err := netip.ParseAddr(a.Address); err == nil && try(p.Engine.Address(addr)) {
				return out
			}
		}
	}
	return out
}

// clientRange returns addresses that may be those of a service's clients.
func clientRange(s *kube.Service) netpol.Range {
	everywhere := netpol.Range{First: netip.IPv4Unspecified(), Last: netip.AddrFrom4([4]byte{255, 255, 255, 255})}
	if parts := admitted(s, everywhere); len(parts) > 0 && len(s.Spec.LoadBalancerSourceRanges) > 0 {
		return parts[0]
	}
	return documentationRange
}

// admitsUnknown reports whether a rule lets pods of a namespace in that is not among
// the objects: they may be the ingress controller's.
func (p *pass) admitsUnknown(pod int, proto ports.Protocol, port uint16) bool {
	for _, by := range p.Engine.Isolated(pod, netpol.Ingress) {
		info := p.infoOf(by.Policy)
		if info == nil {
			continue
		}
		for i := range info.Rules {
			r := &info.Rules[i]
			if r.Dead || r.Ref.Direction != netpol.Ingress || r.Ref.Action != "Allow" || !portsAllow(r, proto, port) {
				continue
			}
			for j := range r.Peers {
				if len(r.Peers[j].Pods) == 0 && p.isElsewhere(info, r, j) {
					return true
				}
			}
		}
	}
	return false
}

// admitted returns the parts of a range that a load balancer lets in.
func admitted(s *kube.Service, r netpol.Range) []netpol.Range {
	if len(s.Spec.LoadBalancerSourceRanges) == 0 || s.Spec.Type != "LoadBalancer" {
		return []netpol.Range{r}
	}
	var out []netpol.Range
	for _, text := range s.Spec.LoadBalancerSourceRanges {
		source, err := netip.ParsePrefix(strings.TrimSpace(text))
		if err != nil || source.Addr().Is4() != r.First.Is4() {
			continue
		}
		part := netpol.Range{First: source.Masked().Addr(), Last: addr.Last(source.Masked())}
		if part.First.Less(r.First) {
			part.First = r.First
		}
		if r.Last.Less(part.Last) {
			part.Last = r.Last
		}
		if !part.Last.Less(part.First) {
			out = append(out, part)
		}
	}
	return out
}

// findControllers returns the pods that are known to serve Ingresses and Gateways.
func (p *pass) findControllers() []int {
	var out []int
	classes := kube.ListOf[kube.TrafficClass](p.objects)
	for i := range p.objects.Pods {
		pod := &p.objects.Pods[i]
		if pod.Status.Phase != "Succeeded" && pod.Status.Phase != "Failed" && kube.ServesTraffic(pod, classes) {
			out = append(out, i)
		}
	}
	return out
}

func exposedToInternet(p *pass) {
	for _, e := range p.entries() {
		r := p.reachOf(&e)
		if len(r.open) == 0 {
			continue
		}
		leads, note := "leads", ""
		if e.through && len(p.controllers()) == 0 {
			leads, note = "may lead", ", depending on the ingress controller, which is not known here"
		}
		f := p.report(e.ref, e.at, fmt.Sprintf("%s %s from outside the cluster to %d of %s behind Service %s, on port %d%s: %s", e.how, leads,
			len(r.open), count(len(r.pods), "pod", "pods"), e.service.service.Meta.Name, r.port, note, p.podNames(r.open)))
		f.Claims = r.claims
	}
}

func exposureBroken(p *pass) {
	for _, e := range p.entries() {
		r := p.reachOf(&e)
		if len(r.pods) == 0 || len(r.open) > 0 {
			continue
		}
		why := fmt.Sprintf("policies let no address from outside the cluster in on port %d", r.port)
		switch {
		case e.through && len(p.controllers()) > 0:
			why = fmt.Sprintf("policies keep the ingress controller (%s) out on port %d", p.podNames(p.controllers()), r.port)
		case e.through:
			why = fmt.Sprintf("policies let nobody in on port %d", r.port)
		}
		by := ""
		if list := p.Engine.Isolated(r.pods[0], netpol.Ingress); len(list) > 0 {
			by = fmt.Sprintf(". %s%s isolates %s: allow the traffic there", list[0].Policy, lineOf(list[0].Origin), p.podNames(r.pods[:1]))
		}
		f := p.report(e.ref, e.at, fmt.Sprintf("%s leads to %s behind Service %s (%s), but %s%s",
			e.how, count(len(r.pods), "pod", "pods"), e.service.service.Meta.Name, p.podNames(r.pods), why, by))
		f.Claims = r.claims
	}
}

// caller is something inside the cluster that connects to pods without any rule
// that names it: the API server, or Prometheus.
type caller struct {
	ref      kube.Ref
	at       kube.Origin
	what     string // as in "the calls of ValidatingWebhookConfiguration x"
	pods     []int
	protocol ports.Protocol
	port     []uint16 // by pod
}

// webhookCallers returns the webhooks that the API server calls, with their pods.
func (p *pass) webhookCallers() []caller {
	byRef := make(map[kube.Ref]*exposure)
	for i := range p.exposures {
		byRef[p.exposures[i].service.Ref()] = &p.exposures[i]
	}
	var out []caller
	configurations := kube.ListOf[kube.WebhookConfiguration](p.objects)
	for i := range configurations {
		w := &configurations[i]
		for _, hook := range w.Webhooks {
			s := hook.ClientConfig.Service
			if s == nil {
				continue
			}
			x := byRef[kube.Ref{Kind: "Service", Namespace: s.Namespace, Name: s.Name}]
			if x == nil {
				continue
			}
			c := caller{ref: w.Ref(), at: w.Origin, what: "the calls of " + w.Ref().String(), protocol: ports.TCP}
			for _, b := range x.backends {
				if b.Port.Port != cmp.Or(s.Port, 443) {
					continue
				}
				for _, pod := range b.Pods {
					c.pods, c.port = append(c.pods, pod.Pod), append(c.port, pod.Port)
				}
			}
			if len(c.pods) > 0 && !slices.ContainsFunc(out, func(o caller) bool { return o.ref == c.ref && slices.Equal(o.pods, c.pods) }) {
				out = append(out, c)
			}
		}
	}
	return out
}

// scrapeCallers returns the pods that ask Prometheus to collect their metrics.
func (p *pass) scrapeCallers() []caller {
	var out []caller
	for s := range p.userSpaces {
		for _, i := range s.pods {
			pod := &p.objects.Pods[i]
			port, err := strconv.ParseUint(pod.Meta.Annotations[kube.ScrapePortAnnotation], 10, 16)
			if pod.Meta.Annotations[kube.ScrapeAnnotation] != "true" || err != nil || port == 0 {
				continue
			}
			ref := pod.Owner
			if ref.Kind == "" {
				ref = pod.Ref()
			}
			out = append(out, caller{ref: ref, at: pod.Origin, what: "the metrics of " + ref.String(), pods: []int{i},
				protocol: ports.TCP, port: []uint16{uint16(port)}})
		}
	}
	return out
}

// webhookBlocked reports webhooks that the API server cannot call. It is on no pod
// network: it comes from a node, or from an address outside.
func webhookBlocked(p *pass) {
	if p.Engine == nil {
		return
	}
	for _, c := range p.webhookCallers() {
		var blocked []int
		for n, pod := range c.pods {
			if !p.outsideReaches(pod, c.protocol, c.port[n]) {
				blocked = append(blocked, pod)
			}
		}
		if len(blocked) < len(c.pods) {
			continue
		}
		by := p.Engine.Isolated(blocked[0], netpol.Ingress)
		who := ""
		if len(by) > 0 {
			who = fmt.Sprintf(": %s%s isolates them. Allow TCP port %d from the control plane's addresses there", by[0].Policy, lineOf(by[0].Origin), c.port[0])
		}
		f := p.report(c.ref, c.at, fmt.Sprintf("the API server cannot call this webhook, so what it is asked about is refused or not checked: no address outside the pod network reaches %s on TCP port %d%s",
			p.podNames(blocked), c.port[0], who))
		if from, ok := p.Engine.OutsideIn(documentationRange); ok {
			f.claim(from, p.Engine.PodAt(blocked[0]), c.protocol, c.port[0], false)
		}
	}
}

// documentationRange are addresses that nobody has (RFC 5737).
var documentationRange = netpol.Range{First: netip.AddrFrom4([4]byte{192, 0, 2, 0}), Last: netip.AddrFrom4([4]byte{192, 0, 2, 255})}

// outsideReaches reports whether any address outside, or a node's, reaches a pod.
func (p *pass) outsideReaches(pod int, proto ports.Protocol, port uint16) bool {
	for _, r := range p.Engine.External(pod, netpol.Ingress) {
		if r.Ports.Contains(proto, port) {
			return true
		}
	}
	for i := range p.objects.Nodes {
		for _, a := range p.objects.Nodes[i].Status.Addresses {
			if addr, err := netip.ParseAddr(a.Address); err == nil && p.Engine.Connections(p.Engine.Address(addr), p.Engine.PodAt(pod)).Contains(proto, port) {
				return true
			}
		}
	}
	return false
}

// metricsBlocked reports pods that ask for their metrics to be collected and let
// nobody in on that port.
func metricsBlocked(p *pass) {
	if p.Engine == nil {
		return
	}
	seen := make(map[kube.Ref]bool)
	for _, c := range p.scrapeCallers() {
		pod, port := c.pods[0], c.port[0]
		if _, reached := p.Engine.AnySource(pod, c.protocol, port); reached || seen[c.ref] || p.admitsUnknown(pod, c.protocol, port) {
			continue
		}
		seen[c.ref] = true
		text := fmt.Sprintf("%s is annotated for Prometheus on TCP port %d, but policies let nobody in there", p.podNames(c.pods), port)
		if by := p.Engine.Isolated(pod, netpol.Ingress); len(by) > 0 {
			text += fmt.Sprintf(": %s%s isolates it. Allow the port from the namespace that Prometheus is in", by[0].Policy, lineOf(by[0].Origin))
		}
		f := p.report(c.ref, c.at, text)
		if from, ok := p.Engine.OutsideIn(documentationRange); ok {
			f.claim(from, p.Engine.PodAt(pod), c.protocol, port, false)
		}
	}
}

// serviceSelectsNothing reports services whose selector finds no pod.
func serviceSelectsNothing(p *pass) {
	if p.Engine == nil || len(p.objects.Pods) == 0 {
		return
	}
	for _, x := range p.exposures {
		s := x.service
		if len(s.Spec.Selector) == 0 || !p.knowsPods(s.Meta.Namespace) {
			continue
		}
		selector := &kube.LabelSelector{MatchLabels: s.Spec.Selector}
		found := slices.ContainsFunc(p.podsOf[s.Meta.Namespace], func(i int) bool { return selects(selector, p.objects.Pods[i].Meta.Labels) })
		if !found {
			p.report(s.Ref(), s.Origin, fmt.Sprintf("no pod of the namespace matches the selector %s, so connections to the service fail%s",
				selectorText(selector), p.meantLabel(selector, p.podsOf[s.Meta.Namespace])))
		}
	}
}
