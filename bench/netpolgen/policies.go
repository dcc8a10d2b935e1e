package netpolgen

import (
	"fmt"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

func (g *gen) selector(keys []string) kube.LabelSelector {
	var s kube.LabelSelector
	if g.chance(20) {
		return s
	}
	for _, k := range keys {
		if g.chance(35) {
			if s.MatchLabels == nil {
				s.MatchLabels = make(map[string]string)
			}
			s.MatchLabels[k] = pick(g, labelValues...)
			if !g.k.Plain && g.chance(8) {
				s.MatchLabels[k] = ""
			}
		}
	}
	for range g.r.IntN(2) {
		e := kube.LabelRequirement{Key: pick(g, keys...), Operator: pick(g, "In", "NotIn", "Exists", "DoesNotExist")}
		if g.k.NoNotIn && e.Operator == "NotIn" {
			e.Operator = "In"
		}
		if e.Operator == "In" || e.Operator == "NotIn" {
			e.Values = some(g, 1, 2, func() string { return pick(g, labelValues...) })
		}
		s.MatchExpressions = append(s.MatchExpressions, e)
	}
	return s
}

func (g *gen) podSelector() kube.LabelSelector { return g.selector(labelKeys) }

func (g *gen) namespaceSelector() kube.LabelSelector {
	if g.chance(25) {
		return kube.LabelSelector{MatchLabels: map[string]string{
			"kubernetes.io/metadata.name": pick(g, g.o.Namespaces...).Meta.Name}}
	}
	return g.selector([]string{"team", "env"})
}

func (g *gen) networkPolicies() {
	for i := range g.r.IntN(6) {
		p := kube.NetworkPolicy{Meta: kube.Meta{Name: fmt.Sprintf("np%d", i), Namespace: pick(g, g.o.Namespaces...).Meta.Name}}
		p.Spec.PodSelector = g.podSelector()
		p.Spec.Ingress = some(g, 0, 2, func() kube.NetworkPolicyIngressRule {
			return kube.NetworkPolicyIngressRule{From: some(g, 0, 3, g.peer), Ports: some(g, 0, 3, g.port)}
		})
		p.Spec.Egress = some(g, 0, 2, func() kube.NetworkPolicyEgressRule {
			return kube.NetworkPolicyEgressRule{To: some(g, 0, 3, g.peer), Ports: some(g, 0, 3, g.port)}
		})
		switch {
		case g.k.BothTypes:
			p.Spec.PolicyTypes = []string{"Ingress", "Egress"}
		case !g.k.Plain && g.chance(30):
		case g.chance(33):
			p.Spec.PolicyTypes = []string{"Ingress"}
		case g.chance(50):
			p.Spec.PolicyTypes = []string{"Egress"}
		default:
			p.Spec.PolicyTypes = []string{"Ingress", "Egress"}
		}
		g.o.NetworkPolicies = append(g.o.NetworkPolicies, p)
	}
}

func (g *gen) peer() kube.NetworkPolicyPeer {
	if g.chance(35) {
		b := &kube.IPBlock{CIDR: g.cidr()}
		b.Except = except(g, b.CIDR)
		return kube.NetworkPolicyPeer{IPBlock: b}
	}
	var p kube.NetworkPolicyPeer
	if g.chance(60) {
		s := g.podSelector()
		p.PodSelector = &s
	}
	if p.PodSelector == nil || g.chance(50) {
		s := g.namespaceSelector()
		p.NamespaceSelector = &s
	}
	return p
}

func (g *gen) cidr() string {
	if g.k.IPv6 && g.chance(35) {
		return pick(g, "::/0", "fd00::/64", "fd00::1:0/112", "fd00::2:0/112", "2001:db8::/32", "fd01::/120")
	}
	return pick(g, "0.0.0.0/0", "10.0.0.0/8", "10.0.1.0/24", "10.0.2.0/24", "10.0.0.8/29", "10.0.1.12/32",
		"172.16.0.0/30", "172.16.0.1/32", "192.0.2.0/24", "203.0.113.128/25")
}

// except returns ranges within a block, sometimes.
func except(g *gen, cidr string) []string {
	if !g.chance(40) {
		return nil
	}
	switch cidr {
	case "0.0.0.0/0":
		return some(g, 1, 2, func() string { return pick(g, "10.0.0.0/16", "10.0.1.0/24", "172.16.0.0/24", "192.0.2.128/25") })
	case "10.0.0.0/8":
		return some(g, 1, 2, func() string { return pick(g, "10.0.1.0/24", "10.0.2.12/30", "10.0.0.0/23") })
	case "10.0.1.0/24", "10.0.2.0/24":
		return []string{cidr[:7] + "12/31"}
	case "::/0":
		return some(g, 1, 2, func() string { return pick(g, "fd00::/64", "fd00::1:0/112", "2001:db8::/33") })
	}
	return nil
}

func (g *gen) port() kube.NetworkPolicyPort {
	var p kube.NetworkPolicyPort
	if g.k.Plain || g.chance(80) {
		proto := pick(g, protocols...)
		p.Protocol = &proto
	}
	switch {
	case g.chance(15):
	case !g.k.NoNames && g.chance(30):
		p.Port = &kube.IntOrString{Str: pick(g, portNamed...)}
	default:
		p.Port = &kube.IntOrString{Int: pick(g, portNumbers...)}
		if g.chance(30) {
			end := min(65535, p.Port.Int+int32(g.r.IntN(400)))
			p.EndPort = &end
		}
	}
	return p
}
