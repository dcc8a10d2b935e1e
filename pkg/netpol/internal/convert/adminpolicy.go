package convert

import (
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// AdminPolicy converts a v1alpha1 AdminNetworkPolicy.
func AdminPolicy(p *kube.AdminNetworkPolicy, _ Options) Policy {
	r := newReader(p)
	r.priority(p.Spec.Priority)
	out := r.clusterWide(float64(p.Spec.Priority), &p.Spec.Subject)
	r.adminRules(&out, p.Spec.Ingress, p.Spec.Egress, "Allow", "Deny", "Pass")
	return r.done(AdminTier, out)
}

// BaselinePolicy converts a v1alpha1 BaselineAdminNetworkPolicy.
func BaselinePolicy(p *kube.BaselineAdminNetworkPolicy, _ Options) Policy {
	r := newReader(p)
	if p.Meta.Name != "default" {
		r.refuse("metadata.name", "a BaselineAdminNetworkPolicy is named %q, not %q", "default", clip(p.Meta.Name))
	}
	out := r.clusterWide(lastPriority, &p.Spec.Subject)
	r.adminRules(&out, p.Spec.Ingress, p.Spec.Egress, "Allow", "Deny")
	return r.done(BaselineTier, out)
}

func (r *reader) adminRules(out *rules.Policy, in []kube.AdminIngress, eg []kube.AdminEgress, actions ...string) {
	for i := range in {
		one, path := &in[i], index("spec.ingress", i)
		rule := r.adminRule(path, one.Name, i, one.Line, one.Action, actions)
		rule.Ports = r.adminPorts(path+".ports", one.Ports)
		r.ingressPeers(&rule, one.From)
		out.Rules[rules.Ingress] = append(out.Rules[rules.Ingress], rule)
	}
	for i := range eg {
		one, path := &eg[i], index("spec.egress", i)
		rule := r.adminRule(path, one.Name, i, one.Line, one.Action, actions)
		rule.Ports = r.adminPorts(path+".ports", one.Ports)
		r.egressPeers(&rule, one.To)
		out.Rules[rules.Egress] = append(out.Rules[rules.Egress], rule)
	}
	applyWhereRules(out)
}

// applyWhereRules: "policies with no ingress rules do not affect ingress
// traffic", and the same for egress.
func applyWhereRules(p *rules.Policy) {
	for d := range p.Rules {
		p.Applies[d] = len(p.Rules[d]) > 0
	}
}

func (r *reader) priority(n int32) {
	if n < 0 || n > 1000 {
		r.refuse("spec.priority", "priority %d is not between 0 and 1000", n)
	}
}

// clusterWide starts a policy that is not in a namespace.
func (r *reader) clusterWide(priority float64, s *kube.SelectedPods) rules.Policy {
	out := rules.Policy{Ref: r.ref, Origin: r.origin, Priority: priority, Subject: rules.Everything()}
	switch {
	case s.Namespaces != nil && s.Pods != nil:
		r.refuse("spec.subject", "namespaces and pods exclude each other")
	case s.Namespaces != nil:
		out.Subject = r.selector("spec.subject", ".namespaces", s.Namespaces, rules.NamespaceLabels)
	case s.Pods != nil:
		out.Subject = r.namespacedPods("spec.subject.pods", s.Pods)
	default:
		r.refuse("spec.subject", "a subject needs namespaces or pods")
	}
	return out
}

func (r *reader) namespacedPods(path string, p *kube.NamespacedPods) rules.Selector {
	return rules.AllOf(
		r.selector(path, ".namespaceSelector", &p.NamespaceSelector, rules.NamespaceLabels),
		r.selector(path, ".podSelector", &p.PodSelector, rules.PodLabels))
}

// adminRule starts a rule. actions are the names that the kind admits, in the
// order Allow, Deny, Pass.
func (r *reader) adminRule(path, name string, i, line int, action string, actions []string) rules.Rule {
	out := rules.Rule{Name: name, Path: path, Line: line, Index: i, Action: rules.Deny}
	for i, a := range actions {
		if a == action {
			out.Action = rules.Action(i)
			return out
		}
	}
	r.refuse(path+".action", "%q is not an action; want one of %q", clip(action), actions)
	return out
}

func (r *reader) ingressPeers(rule *rules.Rule, list []kube.SelectedPods) {
	if len(list) == 0 {
		r.refuse(rule.Path+".from", "a rule needs at least one peer")
	}
	for i := range list {
		p := &kube.AdminEgressPeer{Namespaces: list[i].Namespaces, Pods: list[i].Pods}
		rule.Peers = append(rule.Peers, r.adminPeer(index(rule.Path+".from", i), p))
	}
}

func (r *reader) egressPeers(rule *rules.Rule, list []kube.AdminEgressPeer) {
	if len(list) == 0 {
		r.refuse(rule.Path+".to", "a rule needs at least one peer")
	}
	for i := range list {
		p := &list[i]
		path := index(rule.Path+".to", i)
		rule.Peers = append(rule.Peers, r.adminPeer(path, p))
		if len(rule.Ports.Names) > 0 && (p.Nodes != nil || p.Networks != nil || p.DomainNames != nil) {
			r.refuse(path, "nodes, networks and domainNames have no named ports")
		}
	}
}

// adminPeer converts a peer of the cluster-wide kinds, of which an ingress peer
// is one without addresses. A peer with no field set comes from a newer API.
func (r *reader) adminPeer(path string, p *kube.AdminEgressPeer) rules.Peer {
	out := rules.Peer{Path: path}
	set := 0
	if p.Namespaces != nil {
		set++
		s := r.selector(path, ".namespaces", p.Namespaces, rules.NamespaceLabels)
		out.Pods = &s
	}
	if p.Pods != nil {
		set++
		s := r.namespacedPods(path+".pods", p.Pods)
		out.Pods = &s
	}
	if p.Nodes != nil {
		set++
		s := r.selector(path, ".nodes", p.Nodes, rules.NodeLabels)
		out.Nodes = &s
	}
	if p.Networks != nil {
		set++
		out.Block = r.networks(path+".networks", p.Networks)
	}
	if p.DomainNames != nil {
		set++
		out.Unknown = "domain names stand for addresses that only the cluster's DNS knows"
	}
	switch {
	case set > 1:
		r.refuse(path, "a peer has exactly one field")
	case set == 0:
		out.Unknown = "the peer has no field that this program knows"
	}
	return out
}

// networks are matched against pods and nodes too, under every data plane: the
// API says so.
func (r *reader) networks(path string, list []string) *rules.Block {
	out := &rules.Block{Cluster: true}
	if len(list) == 0 {
		r.refuse(path, "want at least one address range")
	}
	for i, text := range list {
		if p, ok := r.cidr(index(path, i), text); ok {
			out.Nets = append(out.Nets, p)
		}
	}
	return out
}

func (r *reader) adminPorts(path string, list *[]kube.AdminPort) rules.Ports {
	if list == nil {
		return rules.Ports{Set: ports.All()}
	}
	if len(*list) == 0 {
		r.refuse(path, "want at least one port, or no list at all")
	}
	var out rules.Ports
	for i := range *list {
		r.adminPort(&out, index(path, i), &(*list)[i])
	}
	return out
}

func (r *reader) adminPort(out *rules.Ports, path string, p *kube.AdminPort) {
	set := 0
	if n := p.PortNumber; n != nil {
		set++
		port := r.number(path, ".portNumber.port", n.Port)
		addSet(out, path, ports.Range(r.protocol(path+".portNumber", n.Protocol), port, port))
	}
	if g := p.PortRange; g != nil {
		set++
		addSet(out, path, r.portRange(path+".portRange", r.protocol(path+".portRange", g.Protocol), g.Start, g.End))
	}
	if p.NamedPort != nil {
		set++
		r.portName(path+".namedPort", *p.NamedPort)
		addName(out, path, rules.NamedPort{Name: *p.NamedPort, Any: true})
	}
	if set != 1 {
		r.refuse(path, "a port has exactly one of portNumber, portRange and namedPort")
	}
}

func (r *reader) portRange(path string, proto ports.Protocol, start, end int32) ports.Set {
	first, last := r.number(path, ".start", start), r.number(path, ".end", end)
	if end < start {
		r.refuse(path+".end", "end %d is below start %d", end, start)
	}
	return ports.Range(proto, first, last)
}
