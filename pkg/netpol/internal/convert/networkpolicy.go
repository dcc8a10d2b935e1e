package convert

import (
	"net/netip"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// NetworkPolicy converts a networking.k8s.io/v1 NetworkPolicy.
func NetworkPolicy(p *kube.NetworkPolicy, o Options) Policy {
	r, ns := newReader(p), p.Meta.Namespace
	out := rules.Policy{
		Ref: r.ref, Origin: r.origin,
		Subject: rules.AllOf(rules.InNamespace(ns), r.selector("spec", ".podSelector", &p.Spec.PodSelector, rules.PodLabels)),
		Applies: r.policyTypes(&p.Spec),
	}
	out.Rules[rules.Ingress] = make([]rules.Rule, 0, len(p.Spec.Ingress))
	out.Rules[rules.Egress] = make([]rules.Rule, 0, len(p.Spec.Egress))
	for i := range p.Spec.Ingress {
		in := &p.Spec.Ingress[i]
		out.Rules[rules.Ingress] = append(out.Rules[rules.Ingress],
			r.networkRule(i, "spec.ingress", "from", in.Line, ns, in.From, in.Ports, o))
	}
	for i := range p.Spec.Egress {
		eg := &p.Spec.Egress[i]
		out.Rules[rules.Egress] = append(out.Rules[rules.Egress],
			r.networkRule(i, "spec.egress", "to", eg.Line, ns, eg.To, eg.Ports, o))
	}
	return r.done(NetworkTier, out)
}

// policyTypes applies the API's default: Ingress, and Egress only with rules.
func (r *reader) policyTypes(s *kube.NetworkPolicySpec) [2]bool {
	var applies [2]bool
	if len(s.PolicyTypes) == 0 {
		applies[rules.Ingress] = true
		applies[rules.Egress] = len(s.Egress) > 0
		return applies
	}
	for i, t := range s.PolicyTypes {
		switch t {
		case "Ingress":
			applies[rules.Ingress] = true
		case "Egress":
			applies[rules.Egress] = true
		default:
			r.refuse(index("spec.policyTypes", i), "%q is not a policy type; want Ingress or Egress", clip(t))
		}
	}
	return applies
}

func (r *reader) networkRule(i int, list, field string, line int, ns string,
	peers []kube.NetworkPolicyPeer, portList []kube.NetworkPolicyPort, o Options) rules.Rule {
	path := index(list, i)
	out := rules.Rule{
		Action: rules.Allow, Path: path, Line: line, Index: i, Any: len(peers) == 0,
		Ports: r.networkPorts(path, portList), Peers: make([]rules.Peer, 0, len(peers)),
	}
	for i := range peers {
		out.Peers = append(out.Peers, r.networkPeer(index(path+"."+field, i), ns, &peers[i], o))
	}
	return out
}

func (r *reader) networkPeer(path, ns string, p *kube.NetworkPolicyPeer, o Options) rules.Peer {
	out := rules.Peer{Path: path}
	switch {
	case p.IPBlock != nil:
		if p.PodSelector != nil || p.NamespaceSelector != nil {
			r.refuse(path, "ipBlock cannot stand beside podSelector or namespaceSelector")
		}
		out.Block = r.block(path+".ipBlock", p.IPBlock)
		out.Block.Cluster = o.BlockPods
	case p.PodSelector == nil && p.NamespaceSelector == nil:
		r.refuse(path, "a peer needs a podSelector, a namespaceSelector or an ipBlock")
	default:
		in := rules.InNamespace(ns)
		if p.NamespaceSelector != nil {
			in = r.selector(path, ".namespaceSelector", p.NamespaceSelector, rules.NamespaceLabels)
		}
		pods := rules.Everything()
		if p.PodSelector != nil {
			pods = r.selector(path, ".podSelector", p.PodSelector, rules.PodLabels)
		}
		both := rules.AllOf(in, pods)
		out.Pods = &both
	}
	return out
}

func (r *reader) block(path string, b *kube.IPBlock) *rules.Block {
	out := &rules.Block{}
	net, ok := r.cidr(path+".cidr", b.CIDR)
	if !ok {
		return out
	}
	out.Nets = []netip.Prefix{net}
	for i, text := range b.Except {
		at := index(path+".except", i)
		e, ok := r.cidr(at, text)
		if !ok {
			continue
		}
		switch {
		case e == net:
			r.fail(rules.CodeExceptOutside, at, "%s must be smaller than %s, which it leaves nothing of", clip(text), clip(b.CIDR))
		case e.Bits() <= net.Bits() || !net.Contains(e.Addr()):
			r.fail(rules.CodeExceptOutside, at, "%s is not a part of %s", clip(text), clip(b.CIDR))
		}
		if !slices.Contains(out.Except, e) {
			out.Except = append(out.Except, e)
		}
	}
	return out
}

// cidr reads a range. Bits of the address beyond the length are ignored: API
// servers accept them, most without a word, and the data planes read 10.0.0.1/8
// as 10.0.0.0/8.
func (r *reader) cidr(path, text string) (netip.Prefix, bool) {
	p, err := netip.ParsePrefix(text)
	if err != nil || p.Addr().Is4In6() {
		r.refuse(path, "%q is not an address range such as 10.0.0.0/8 or 2001:db8::/32", clip(text))
		return netip.Prefix{}, false
	}
	return p.Masked(), true
}
