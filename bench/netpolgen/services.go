package netpolgen

import (
	"encoding/json"
	"fmt"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// services adds the cluster's DNS, services of all types and Ingresses: what
// findings look at besides the policies.
func (g *gen) services() {
	g.dns()
	for i := range 1 + g.r.IntN(4) {
		ns := pick(g, g.o.Namespaces...).Meta.Name
		s := kube.Service{Meta: kube.Meta{Name: fmt.Sprintf("svc%d", i), Namespace: ns}}
		s.Spec.Type = pick(g, "", "ClusterIP", "LoadBalancer", "NodePort")
		s.Spec.ExternalTrafficPolicy = pick(g, "", "Local")
		if g.chance(90) {
			s.Spec.Selector = map[string]string{pick(g, labelKeys...): pick(g, labelValues...)}
		}
		for range 1 + g.r.IntN(2) {
			s.Spec.Ports = append(s.Spec.Ports, g.servicePort())
		}
		if s.Spec.Type == "LoadBalancer" && g.chance(30) {
			s.Spec.LoadBalancerSourceRanges = []string{pick(g, "192.0.2.0/24", "10.0.0.0/8", "203.0.113.7/32")}
		}
		g.o.Services = append(g.o.Services, s)
		if g.chance(30) {
			g.ingress(i, &s)
		}
	}
}

func (g *gen) servicePort() kube.ServicePort {
	out := kube.ServicePort{Port: pick(g, portNumbers...), Protocol: pick(g, "", "TCP", "UDP")}
	switch {
	case !g.k.NoNames && g.chance(30):
		out.TargetPort = &kube.IntOrString{Str: pick(g, portNamed...)}
	case g.chance(70):
		out.TargetPort = &kube.IntOrString{Int: pick(g, portNumbers...)}
	}
	return out
}

func (g *gen) ingress(i int, s *kube.Service) {
	in := kube.Ingress{Meta: kube.Meta{Name: fmt.Sprintf("site%d", i), Namespace: s.Meta.Namespace}}
	backend := fmt.Appendf(nil, `{"defaultBackend": {"service": {"name": %q, "port": {"number": %d}}}}`, s.Meta.Name, s.Spec.Ports[0].Port)
	if err := json.Unmarshal(backend, &in.Spec); err != nil {
		panic(err)
	}
	kube.SetList(g.o, append(kube.ListOf[kube.Ingress](g.o), in))
}

// dns adds the DNS of the cluster, sometimes without its Service.
func (g *gen) dns() {
	if g.chance(30) {
		return
	}
	const system = "kube-system"
	labels := map[string]string{"k8s-app": "kube-dns"}
	g.o.Namespaces = append(g.o.Namespaces, kube.Namespace{Meta: kube.Meta{Name: system, Labels: g.labels([]string{"team"})}})
	port := pick(g, int32(53), 53, 5353)
	for i := range 1 + g.r.IntN(2) {
		p := kube.Pod{Meta: kube.Meta{Name: fmt.Sprintf("coredns-%d", i), Namespace: system, Labels: labels}}
		p.Spec.NodeName = g.o.Nodes[0].Meta.Name
		p.Spec.Containers = []kube.Container{{Name: "c", Ports: []kube.ContainerPort{
			{Name: "dns", ContainerPort: port, Protocol: "UDP"}, {Name: "dns-tcp", ContainerPort: port, Protocol: "TCP"}}}}
		p.Status = kube.PodStatus{Phase: "Running", PodIP: fmt.Sprintf("10.0.9.%d", 10+i), PodIPs: []kube.PodIP{{IP: fmt.Sprintf("10.0.9.%d", 10+i)}}}
		g.o.Pods = append(g.o.Pods, p)
	}
	if port != 53 || g.chance(70) {
		s := kube.Service{Meta: kube.Meta{Name: "kube-dns", Namespace: system, Labels: labels}}
		s.Spec.Selector = labels
		s.Spec.Ports = []kube.ServicePort{{Name: "dns", Port: 53, Protocol: "UDP", TargetPort: &kube.IntOrString{Str: "dns"}},
			{Name: "dns-tcp", Port: 53, Protocol: "TCP", TargetPort: &kube.IntOrString{Str: "dns-tcp"}}}
		g.o.Services = append(g.o.Services, s)
	}
}
