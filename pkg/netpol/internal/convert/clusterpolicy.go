package convert

import (
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// ClusterPolicy converts a v1alpha2 ClusterNetworkPolicy.
func ClusterPolicy(p *kube.ClusterNetworkPolicy, _ Options) Policy {
	r, tier := newReader(p), p.Spec.Tier
	if tier != AdminTier && tier != BaselineTier {
		r.refuse("spec.tier", "%q is not a tier; want Admin or Baseline", clip(tier))
		tier = AdminTier
	}
	r.priority(p.Spec.Priority)
	out := r.clusterWide(float64(p.Spec.Priority), &p.Spec.Subject)
	actions := []string{"Accept", "Deny", "Pass"}
	for i := range p.Spec.Ingress {
		one, path := &p.Spec.Ingress[i], index("spec.ingress", i)
		rule := r.adminRule(path, one.Name, i, one.Line, one.Action, actions)
		rule.Ports = r.clusterProtocols(path+".protocols", one.Protocols)
		r.ingressPeers(&rule, one.From)
		out.Rules[rules.Ingress] = append(out.Rules[rules.Ingress], rule)
	}
	for i := range p.Spec.Egress {
		one, path := &p.Spec.Egress[i], index("spec.egress", i)
		rule := r.adminRule(path, one.Name, i, one.Line, one.Action, actions)
		rule.Ports = r.clusterProtocols(path+".protocols", one.Protocols)
		r.egressPeers(&rule, one.To)
		out.Rules[rules.Egress] = append(out.Rules[rules.Egress], rule)
	}
	applyWhereRules(&out)
	return r.done(tier, out)
}

func (r *reader) clusterProtocols(path string, list []kube.ClusterProtocol) rules.Ports {
	if list == nil {
		return rules.Ports{Set: ports.All()}
	}
	if len(list) == 0 {
		r.refuse(path, "want at least one protocol, or no list at all")
	}
	var out rules.Ports
	for i := range list {
		r.clusterProtocol(&out, index(path, i), &list[i])
	}
	return out
}

func (r *reader) clusterProtocol(out *rules.Ports, path string, p *kube.ClusterProtocol) {
	set := 0
	for proto, t := range []*kube.ClusterTransport{p.TCP, p.UDP, p.SCTP} {
		if t != nil {
			set++
			proto := ports.Protocol(proto)
			addSet(out, path, r.transport(path, proto, t))
		}
	}
	if p.DestinationNamedPort != "" {
		set++
		r.portName(path+".destinationNamedPort", p.DestinationNamedPort)
		addName(out, path, rules.NamedPort{Name: p.DestinationNamedPort, Any: true})
	}
	if set != 1 {
		r.refuse(path, "a protocol has exactly one of tcp, udp, sctp and destinationNamedPort")
	}
}

// transport reads one protocol with its port. A match with no field at all is
// refused by the API: it could be one of a newer version.
func (r *reader) transport(path string, proto ports.Protocol, t *kube.ClusterTransport) ports.Set {
	path += "." + [...]string{"tcp", "udp", "sctp"}[proto] + ".destinationPort"
	d := t.DestinationPort
	if d == nil {
		r.refuse(path, "want a number or a range")
		return ports.Set{}
	}
	switch {
	case d.Range != nil && d.Number != 0, d.Range == nil && d.Number == 0:
		r.refuse(path, "want exactly one of number and range")
	case d.Range != nil:
		return r.portRange(path+".range", proto, d.Range.Start, d.Range.End)
	default:
		port := r.number(path, ".number", d.Number)
		return ports.Range(proto, port, port)
	}
	return ports.Set{}
}
