package netpolgen

import (
	"fmt"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// calico adds what Calico's policies look at, and the policies.
func (g *gen) calico() {
	g.accounts()
	g.networkSets()
	g.endpointSlices()
	tiers := []string{""}
	if g.k.Tiers {
		for i := range 1 + g.r.IntN(3) {
			t := kube.Tier{Meta: kube.Meta{Name: fmt.Sprintf("tier%d", i)}, Spec: kube.TierSpec{DefaultAction: pick(g, "", "Deny", "Pass")}}
			if g.chance(80) {
				order := pick(g, 1.0, 999, 1000.5, 2_000_000, 20_000_000)
				t.Spec.Order = &order
			}
			g.o.Tiers = append(g.o.Tiers, t)
			tiers = append(tiers, t.Meta.Name)
		}
		tiers = append(tiers, "", "adminnetworkpolicy")
	}
	for i := range 1 + g.r.IntN(6) {
		g.o.CalicoPolicies = append(g.o.CalicoPolicies, g.calicoPolicy(i, pick(g, tiers...)))
	}
}

func (g *gen) accounts() {
	for i := range g.o.Namespaces {
		for _, name := range []string{"default", "web"} {
			g.o.ServiceAccounts = append(g.o.ServiceAccounts, kube.ServiceAccount{Meta: kube.Meta{
				Namespace: g.o.Namespaces[i].Meta.Name, Name: name, Labels: g.labels([]string{"role", "env"})}})
		}
	}
	for i := range g.o.Pods {
		g.o.Pods[i].Spec.ServiceAccountName = pick(g, "default", "default", "web")
	}
}

func (g *gen) networkSets() {
	for i := range g.r.IntN(4) {
		s := kube.NetworkSet{Meta: kube.Meta{Name: fmt.Sprintf("set%d", i), Labels: g.labels(labelKeys)}}
		if g.chance(50) {
			s.Meta.Namespace = pick(g, g.o.Namespaces...).Meta.Name
		}
		s.Spec.Nets = some(g, 0, 3, g.cidr)
		if g.chance(30) {
			s.Spec.Nets = append(s.Spec.Nets, pick(g, "192.0.2.1", "10.0.1.12", "203.0.113.200/20"))
		}
		g.o.NetworkSets = append(g.o.NetworkSets, s)
	}
}

func (g *gen) endpointSlices() {
	for i := range 2 {
		ns := pick(g, g.o.Namespaces...).Meta.Name
		s := kube.EndpointSlice{Meta: kube.Meta{Name: fmt.Sprintf("svc%d-x", i), Namespace: ns, Labels: map[string]string{kube.ServiceNameLabel: fmt.Sprintf("svc%d", i)}}}
		for range g.r.IntN(3) {
			ip := "192.0.2.1"
			if p := pick(g, g.o.Pods...); len(p.Status.PodIPs) > 0 && !strings.Contains(p.Status.PodIPs[0].IP, ":") {
				ip = p.Status.PodIPs[0].IP
			}
			s.Endpoints = append(s.Endpoints, kube.Endpoint{Addresses: []string{ip}})
		}
		for range g.r.IntN(3) {
			n := pick(g, portNumbers...)
			p := kube.EndpointPort{Protocol: pick(g, protocols...), Port: &n}
			if g.chance(10) {
				p.Port = nil
			}
			s.Ports = append(s.Ports, p)
		}
		g.o.EndpointSlices = append(g.o.EndpointSlices, s)
	}
}

func (g *gen) calicoPolicy(i int, tier string) kube.CalicoPolicy {
	p := kube.CalicoPolicy{Kind: kube.GlobalNetworkPolicy, Meta: kube.Meta{Name: fmt.Sprintf("%c%d", "amz"[g.r.IntN(3)], i)}}
	if tier != "" {
		p.Meta.Name = tier + "." + p.Meta.Name
	}
	s := &p.Spec
	s.Tier = tier
	if g.chance(50) {
		p.Kind, p.Meta.Namespace = kube.CalicoNetworkPolicy, pick(g, g.o.Namespaces...).Meta.Name
	} else if g.chance(40) {
		s.NamespaceSelector = g.expression([]string{"team", "env", "projectcalico.org/name"}, g.names(), 1)
	}
	if g.chance(85) {
		order := pick(g, 1.0, 1, 2.5, 999, 1000, 1000, 1001)
		s.Order = &order
	}
	if g.chance(70) {
		s.Selector = g.podExpression()
	}
	if g.chance(20) {
		s.ServiceAccountSelector = g.accountExpression()
	}
	s.Ingress = some(g, 0, 4, func() kube.CalicoRule { return g.calicoRule(true) })
	s.Egress = some(g, 0, 4, func() kube.CalicoRule { return g.calicoRule(false) })
	if g.chance(70) {
		s.Types = pick(g, []string{"Ingress"}, []string{"Egress"}, []string{"Ingress", "Egress"})
	}
	return p
}

func (g *gen) names() []string {
	var out []string
	for i := range g.o.Namespaces {
		out = append(out, g.o.Namespaces[i].Meta.Name)
	}
	return append(out, labelValues...)
}

// calicoRule makes a rule. All its ranges are of one family, as Calico asks.
func (g *gen) calicoRule(ingress bool) kube.CalicoRule {
	r := kube.CalicoRule{Action: pick(g, "Allow", "Allow", "Allow", "Deny", "Deny", "Pass", "Log")}
	six := g.k.IPv6 && g.chance(25)
	if g.chance(10) {
		v := int32(4)
		if six {
			v = 6
		}
		r.IPVersion = &v
	}
	hasPorts := false
	switch {
	case g.chance(55):
		r.Protocol, hasPorts = &kube.IntOrString{Str: pick(g, protocols...)}, true
	case g.chance(20):
		r.Protocol, hasPorts = &kube.IntOrString{Int: pick[int32](g, 6, 17, 132)}, true
	case g.chance(20):
		r.Protocol = &kube.IntOrString{Str: "UDPLite"}
	case g.chance(30):
		r.NotProtocol = &kube.IntOrString{Str: pick(g, "TCP", "UDP", "UDPLite")}
	}
	r.Source, r.Destination = g.entity(six), g.entity(six)
	remote := &r.Destination
	if ingress {
		remote = &r.Source
	}
	if g.chance(65) { // most rules say nothing about the pod itself
		if ingress {
			r.Destination = kube.CalicoEntity{}
		} else {
			r.Source = kube.CalicoEntity{}
		}
	}
	if g.chance(10) {
		slice := pick(g, g.o.EndpointSlices...)
		*remote = kube.CalicoEntity{Services: &kube.CalicoService{Name: slice.Meta.Labels[kube.ServiceNameLabel], Namespace: slice.Meta.Namespace}}
	}
	if hasPorts && r.Destination.Services == nil {
		r.Destination.Ports = some(g, 0, 3, g.calicoPort)
		if g.chance(25) {
			r.Destination.NotPorts = some(g, 1, 2, g.calicoPort)
		}
	}
	return r
}

func (g *gen) calicoPort() kube.IntOrString {
	n := pick(g, portNumbers...)
	switch {
	case g.chance(30):
		return kube.IntOrString{Str: pick(g, portNamed...)}
	case g.chance(30):
		return kube.IntOrString{Str: fmt.Sprintf("%d:%d", n, min(65535, n+int32(g.r.IntN(400))))}
	}
	return kube.IntOrString{Int: n}
}

func (g *gen) entity(six bool) kube.CalicoEntity {
	var e kube.CalicoEntity
	net := func() string {
		for {
			if c := g.cidr(); strings.Contains(c, ":") == six {
				return c
			}
		}
	}
	if g.chance(25) {
		e.Nets = some(g, 1, 3, net)
	}
	if g.chance(15) {
		e.NotNets = some(g, 1, 2, net)
	}
	if g.chance(35) {
		e.Selector = g.podExpression()
	}
	if g.chance(15) {
		e.NotSelector = g.podExpression()
	}
	if g.chance(25) {
		e.NamespaceSelector = g.expression([]string{"team", "env", "projectcalico.org/name"}, g.names(), 1)
		if g.chance(15) {
			e.NamespaceSelector = "global()"
		}
	}
	if g.chance(15) {
		e.ServiceAccounts = &kube.CalicoServiceAccounts{}
		if g.chance(50) {
			e.ServiceAccounts.Names = some(g, 1, 2, func() string { return pick(g, "default", "web", "none") })
		}
		if g.chance(50) {
			e.ServiceAccounts.Selector = g.accountExpression()
		}
	}
	return e
}

func (g *gen) podExpression() string {
	keys := append([]string{"projectcalico.org/namespace", "projectcalico.org/orchestrator", "projectcalico.org/serviceaccount",
		"pcns.team", "pcsa.role", "pcns.projectcalico.org/name"}, labelKeys...)
	keys = append(keys, labelKeys...)
	return g.expression(append(keys, labelKeys...), append(g.names(), "k8s", "web", "default"), 2)
}

func (g *gen) accountExpression() string {
	return g.expression([]string{"role", "env", "projectcalico.org/name"}, append([]string{"web", "default"}, labelValues...), 1)
}

// expression makes a selector of Calico's language.
func (g *gen) expression(keys, values []string, depth int) string {
	if depth > 0 && g.chance(35) {
		op := pick(g, " && ", "&&", " || ")
		out := g.expression(keys, values, depth-1) + op + g.expression(keys, values, depth-1)
		switch {
		case g.chance(30):
			return "!(" + out + ")"
		case g.chance(60):
			return "( " + out + " )"
		}
		return out
	}
	key, value := pick(g, keys...), pick(g, values...)
	quote := pick(g, `"`, "'")
	quoted := quote + value + quote
	not := ""
	if g.chance(20) {
		not = pick(g, "!", "! ", "!!")
	}
	switch g.r.IntN(9) {
	case 0:
		return not + key + " == " + quoted
	case 1:
		return not + key + "!=" + quoted
	case 2:
		return not + key + " in {" + quoted + ", " + quote + pick(g, values...) + quote + "}"
	case 3:
		return not + key + " not in { " + quoted + " }"
	case 4:
		return not + "has(" + key + ")"
	case 5:
		return not + key + " starts with " + quote + value[:1] + quote
	case 6:
		return not + key + " ends with " + quote + value[len(value)-1:] + quote
	case 7:
		return not + key + " contains " + quote + value[len(value)/2:] + quote
	}
	return not + "all()"
}
