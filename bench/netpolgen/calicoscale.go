package netpolgen

import (
	"fmt"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// calicoTiers are the tiers of CalicoScale, in their order; the last is Calico's
// default tier.
var calicoTiers = []string{"security", "platform", "partners", "apps", ""}

// CalicoScale returns the cluster of Scale with policies of Calico in the place of
// Kubernetes', in five tiers. Who reaches whom is the same: the tiers before the
// default one leave to the next what they do not decide.
func CalicoScale(s Shape) *kube.Objects {
	o := Scale(s)
	for i, name := range calicoTiers[:len(calicoTiers)-1] {
		order := float64(100 * (i + 1))
		o.Tiers = append(o.Tiers, kube.Tier{Meta: kube.Meta{Name: name}, Spec: kube.TierSpec{Order: &order, DefaultAction: "Pass"}})
	}
	for i := range o.NetworkPolicies {
		// The first policy of a namespace isolates it, which only the default
		// tier may do.
		nth := i / s.Namespaces
		tier := ""
		if nth > 0 {
			tier = calicoTiers[nth%len(calicoTiers)]
		}
		o.CalicoPolicies = append(o.CalicoPolicies, asCalico(&o.NetworkPolicies[i], tier, nth))
	}
	o.NetworkPolicies = nil
	return o
}

func asCalico(p *kube.NetworkPolicy, tier string, nth int) kube.CalicoPolicy {
	order := float64(nth % 7)
	out := kube.CalicoPolicy{Kind: kube.CalicoNetworkPolicy, Meta: p.Meta, Spec: kube.CalicoPolicySpec{
		Tier: tier, Order: &order, Selector: asExpression(&p.Spec.PodSelector), Types: p.Spec.PolicyTypes}}
	if tier != "" {
		out.Meta.Name = tier + "." + p.Meta.Name
	}
	for i := range p.Spec.Ingress {
		r := &p.Spec.Ingress[i]
		for j := range r.From {
			for _, list := range byProtocol(r.Ports) {
				out.Spec.Ingress = append(out.Spec.Ingress, asRules(&r.From[j], list, true)...)
			}
		}
	}
	for i := range p.Spec.Egress {
		r := &p.Spec.Egress[i]
		for j := range r.To {
			for _, list := range byProtocol(r.Ports) {
				out.Spec.Egress = append(out.Spec.Egress, asRules(&r.To[j], list, false)...)
			}
		}
	}
	return out
}

// byProtocol divides ports as Calico's rules do; no ports are one division.
func byProtocol(list []kube.NetworkPolicyPort) [][]kube.NetworkPolicyPort {
	if len(list) == 0 {
		return [][]kube.NetworkPolicyPort{nil}
	}
	at := make(map[string]int)
	var out [][]kube.NetworkPolicyPort
	for _, p := range list {
		proto := "TCP"
		if p.Protocol != nil {
			proto = *p.Protocol
		}
		i, ok := at[proto]
		if !ok {
			i = len(out)
			at[proto] = i
			out = append(out, nil)
		}
		p.Protocol = &proto
		out[i] = append(out[i], p)
	}
	return out
}

// asRules makes rules for one peer; the exceptions of a block are denied first.
func asRules(peer *kube.NetworkPolicyPeer, ports []kube.NetworkPolicyPort, ingress bool) []kube.CalicoRule {
	var e kube.CalicoEntity
	var out []kube.CalicoRule
	add := func(action string, e kube.CalicoEntity) {
		r := kube.CalicoRule{Action: action}
		if ingress {
			r.Source = e
		} else {
			r.Destination = e
		}
		if len(ports) > 0 {
			r.Protocol = &kube.IntOrString{Str: *ports[0].Protocol}
			for _, p := range ports {
				r.Destination.Ports = append(r.Destination.Ports, *p.Port)
			}
		}
		out = append(out, r)
	}
	if b := peer.IPBlock; b != nil {
		if len(b.Except) > 0 {
			add("Deny", kube.CalicoEntity{Nets: b.Except})
		}
		e.Nets = []string{b.CIDR}
	}
	if peer.PodSelector != nil {
		e.Selector = asExpression(peer.PodSelector)
	}
	if peer.NamespaceSelector != nil {
		e.NamespaceSelector = asExpression(peer.NamespaceSelector)
	}
	add("Allow", e)
	return out
}

// asExpression writes the labels of a selector in Calico's language.
func asExpression(s *kube.LabelSelector) string {
	for k, v := range s.MatchLabels {
		return fmt.Sprintf("%s == %q", k, v) // the shapes have one label each
	}
	return "all()"
}
