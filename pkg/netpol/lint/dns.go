package lint

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// nodeLocal is where the node-local DNS cache listens on every node, by the
// default of its manifest.
var nodeLocal = netip.AddrFrom4([4]byte{169, 254, 20, 10})

// server is a pod that answers DNS queries, and the port it does so on.
type server struct {
	pod  int
	port uint16
}

// dnsFacts are what is known of the cluster's DNS.
type dnsFacts struct {
	servers []server
	labels  map[string]string // that its pods are selected by
	local   bool              // the node-local cache runs, or a policy names its address
}

// readDNS finds the pods behind the service that the kubelet names to pods
// (kube-system/kube-dns), or those with its label where the service is not there.
func (p *pass) readDNS() *dnsFacts {
	out := &dnsFacts{labels: map[string]string{"k8s-app": "kube-dns"}, local: p.usesNodeLocal()}
	for i := range p.objects.Services {
		s := &p.objects.Services[i]
		if s.Meta.Namespace != "kube-system" || s.Meta.Name != "kube-dns" && s.Meta.Labels["k8s-app"] != "kube-dns" {
			continue
		}
		for _, b := range p.Engine.Backends(s) {
			if b.Port.Protocol == "UDP" {
				for _, pod := range b.Pods {
					out.servers = append(out.servers, server{pod.Pod, pod.Port})
					out.labels = s.Spec.Selector
				}
			}
		}
	}
	if len(out.servers) > 0 {
		return out
	}
	for i := range p.objects.Pods {
		if pod := &p.objects.Pods[i]; pod.Meta.Namespace == "kube-system" && pod.Meta.Labels["k8s-app"] == "kube-dns" {
			out.servers = append(out.servers, server{i, 53})
		}
	}
	return out
}

// usesNodeLocal reports whether there is a sign of the node-local DNS cache.
func (p *pass) usesNodeLocal() bool {
	for i := range p.objects.NetworkPolicies {
		for r := range policyRules(&p.objects.NetworkPolicies[i]) {
			for _, q := range r.peers {
				if q.IPBlock != nil && parseBlock(q.IPBlock).cidr == netip.PrefixFrom(nodeLocal, nodeLocal.BitLen()) {
					return true
				}
			}
		}
	}
	return slices.ContainsFunc(p.podsOf["kube-system"], func(i int) bool { return p.objects.Pods[i].Meta.Labels["k8s-app"] == "node-local-dns" })
}

// port returns the port of the DNS pods; 0 when they do not agree.
func (d *dnsFacts) port() uint16 {
	if len(d.servers) == 0 {
		return 53
	}
	for _, s := range d.servers {
		if s.port != d.servers[0].port {
			return 0
		}
	}
	return d.servers[0].port
}

// dnsRules returns egress rules that lead to the cluster's DNS and nowhere else.
func (p *pass) dnsRules() []kube.NetworkPolicyEgressRule {
	dns := p.dns()
	udp, tcp := "UDP", "TCP"
	port := &kube.IntOrString{Int: int32(dns.port())}
	return []kube.NetworkPolicyEgressRule{{
		To: []kube.NetworkPolicyPeer{{
			NamespaceSelector: &kube.LabelSelector{MatchLabels: map[string]string{nameLabel: "kube-system"}},
			PodSelector:       &kube.LabelSelector{MatchLabels: dns.labels},
		}},
		Ports: []kube.NetworkPolicyPort{{Protocol: &udp, Port: port}, {Protocol: &tcp, Port: port}},
	}}
}

// allowDNS returns a policy that opens the way to DNS for some pods of a namespace
// and no others, if there is one.
func (p *pass) allowDNS(s *space, pods []int, candidates ...kube.LabelSelector) (patch, bool) {
	selector, ok := p.selectorOf(pods, without(p.podsOf[s.name], pods), candidates...)
	if !ok || !p.opensDNS(pods) {
		return patch{}, false
	}
	return p.newPolicy(s.name, "allow-dns", kube.NetworkPolicySpec{PodSelector: selector,
		PolicyTypes: []string{"Egress"}, Egress: p.dnsRules()}), true
}

// opensDNS reports whether an egress rule would give pods DNS: what its rules name is
// known, and its own policies let them in.
func (p *pass) opensDNS(pods []int) bool {
	if !p.knowsDNS() {
		return false
	}
	for _, s := range p.dns().servers {
		if len(p.Engine.Isolated(s.pod, netpol.Ingress)) == 0 {
			continue
		}
		for _, i := range pods {
			for _, proto := range []ports.Protocol{ports.UDP, ports.TCP} {
				side := p.Engine.Explain(p.Engine.PodAt(i), p.Engine.PodAt(s.pod), proto, s.port).Ingress
				if !side.Allowed && len(side.Policies) > 0 {
					return false
				}
			}
		}
	}
	return true
}

// knowsDNS reports whether a rule can name the cluster's DNS: its pods by their
// labels and one port, or, where they cannot be seen, by their usual labels.
func (p *pass) knowsDNS() bool {
	dns := p.dns()
	onHost := func(x server) bool { return p.objects.Pods[x.pod].Spec.HostNetwork }
	if dns.port() == 0 || slices.ContainsFunc(dns.servers, onHost) {
		return false
	}
	return len(dns.servers) > 0 || !p.knowsPods("kube-system")
}

// dnsGroup is pods of a namespace with the same egress policies that cannot ask a
// DNS server over some protocols.
type dnsGroup struct {
	space    *space
	pods     []int
	by       []netpol.PolicyRef
	protocol string // "UDP", or "TCP" where only that is missing
}

// dnsBlocked reports pods in which names stop working, because they are isolated
// for egress. The pods of a namespace with the same policies are one finding.
func dnsBlocked(p *pass) {
	for _, g := range p.dnsGroups() {
		if g.protocol == "UDP" {
			p.reportDNS(g.space, g)
		}
	}
}

// dnsOverTCP reports pods that may ask over UDP only: answers that do not fit into
// a packet come over TCP.
func dnsOverTCP(p *pass) {
	for _, g := range p.dnsGroups() {
		if g.protocol == "TCP" {
			p.report(g.by[0].Policy, g.by[0].Origin, fmt.Sprintf(
				"%s may ask DNS over UDP but not over TCP: long answers, such as those with many addresses, fail. Allow TCP port %d beside UDP",
				p.podNames(g.pods), max(p.dns().port(), 53)))
		}
	}
}

func (p *pass) findDNSGroups() []*dnsGroup {
	var out []*dnsGroup
	for s := range p.userSpaces {
		groups := make(map[string]*dnsGroup)
		for _, i := range s.pods {
			by := p.Engine.Isolated(i, netpol.Egress)
			if len(by) == 0 {
				continue
			}
			protocol := ""
			for _, one := range []ports.Protocol{ports.TCP, ports.UDP} {
				if !p.reachesDNS(i, by, one) {
					protocol = one.String()
				}
			}
			if protocol == "" {
				continue
			}
			key := strings.Builder{}
			key.WriteString(protocol)
			for _, one := range by {
				key.WriteString("," + one.Policy.String())
			}
			g := groups[key.String()]
			if g == nil {
				slices.SortStableFunc(by, func(a, b netpol.PolicyRef) int { return p.breadth(a.Policy) - p.breadth(b.Policy) })
				g = &dnsGroup{space: s, by: by, protocol: protocol}
				groups[key.String()] = g
			}
			g.pods = append(g.pods, i)
		}
		for _, key := range sortedKeys(groups) {
			out = append(out, groups[key])
		}
	}
	return out
}

// breadth orders the policies that isolate a pod: those that are about it come
// before one for every pod of the namespace.
func (p *pass) breadth(ref kube.Ref) int {
	if policy := p.sources[ref]; policy != nil && isEmpty(&policy.Spec.PodSelector) {
		return 1
	}
	return 0
}

func (p *pass) reportDNS(s *space, g *dnsGroup) {
	servers := p.dns().servers
	goal := "any DNS server: no egress rule allows UDP port 53"
	if len(servers) > 0 {
		goal = fmt.Sprintf("the cluster's DNS (%s) on UDP port %d", p.podNames([]int{servers[0].pod}), servers[0].port)
	}
	whose := "are"
	if len(g.pods) == 1 {
		whose = "is"
	}
	f := p.report(g.by[0].Policy, g.by[0].Origin, fmt.Sprintf("%s %s isolated for egress and cannot reach %s, so names do not resolve there",
		p.podNames(g.pods), whose, goal))
	f.offer(p.unblockDNS(s, g))
	if len(servers) > 0 {
		for _, i := range g.pods[:min(mostClaims, len(g.pods))] {
			f.claim(p.Engine.PodAt(i), p.Engine.PodAt(servers[0].pod), ports.UDP, servers[0].port, false)
		}
	}
}

// unblockDNS returns a policy that opens the way to DNS for a group: only where
// NetworkPolicies isolate it, because what other kinds deny no NetworkPolicy opens.
func (p *pass) unblockDNS(s *space, g *dnsGroup) patch {
	var candidates []kube.LabelSelector
	for _, one := range g.by {
		policy := p.sources[one.Policy]
		if policy == nil {
			return patch{}
		}
		candidates = append(candidates, policy.Spec.PodSelector)
	}
	fix, _ := p.allowDNS(s, g.pods, candidates...)
	return fix
}

// reachesDNS reports whether the egress policies of a pod let it ask a DNS server.
// Where the servers are not among the objects, a rule that allows the port at all
// will do.
func (p *pass) reachesDNS(pod int, by []netpol.PolicyRef, proto ports.Protocol) bool {
	from := p.Engine.PodAt(pod)
	if p.dns().local && p.allowsOut(from, p.Engine.Address(nodeLocal), proto, 53) {
		return true
	}
	servers := p.dns().servers
	for _, s := range servers {
		if s.pod == pod || p.allowsOut(from, p.Engine.PodAt(s.pod), proto, s.port) {
			return true
		}
	}
	if len(servers) > 0 {
		return false
	}
	return slices.ContainsFunc(by, func(one netpol.PolicyRef) bool {
		info := p.infoOf(one.Policy)
		return one.Policy.Kind != "NetworkPolicy" || info != nil && p.allowsElsewhere(info, proto, 53)
	})
}

// allowsOut reports whether the policies of the source let a flow out. Two ends
// without a common address family are not their matter.
func (p *pass) allowsOut(from, to netpol.Endpoint, proto ports.Protocol, port uint16) bool {
	if p.Engine.Connections(from, to).Contains(proto, port) {
		return true
	}
	side := p.Engine.Explain(from, to, proto, port).Egress
	return side.Allowed || len(side.Policies) == 0
}

// allowsDNS reports whether a policy's egress rules, were they to count, allow the
// way to DNS over a protocol for every pod it selects, as far as ports and peers say.
func (p *pass) allowsDNS(info *netpol.PolicyInfo, proto ports.Protocol) bool {
	servers := p.dns().servers
	return slices.ContainsFunc(info.Rules, func(r netpol.RuleInfo) bool {
		if r.Ref.Direction != netpol.Egress || r.Ref.Action != "Allow" {
			return false
		}
		if !portsAllow(&r, proto, p.dns().port()) {
			return false
		}
		return len(r.Peers) == 0 || slices.ContainsFunc(r.Peers, func(peer netpol.PeerInfo) bool {
			return len(servers) > 0 && slices.Contains(peer.Pods, servers[0].pod) || len(servers) == 0
		})
	})
}

// allowsElsewhere reports whether an egress rule of a policy allows a port to what is
// not among the objects.
func (p *pass) allowsElsewhere(info *netpol.PolicyInfo, proto ports.Protocol, port uint16) bool {
	return slices.ContainsFunc(info.Rules, func(r netpol.RuleInfo) bool {
		if r.Ref.Direction != netpol.Egress || r.Dead || !portsAllow(&r, proto, port) {
			return false
		}
		for i := range r.Peers {
			if r.Peers[i].Block || p.isElsewhere(info, &r, i) {
				return true
			}
		}
		return len(r.Peers) == 0
	})
}

// portsAllow reports whether a rule's ports hold one. A name may stand for it.
func portsAllow(r *netpol.RuleInfo, proto ports.Protocol, port uint16) bool {
	return len(r.Ports) == 0 || slices.ContainsFunc(r.Ports, func(e netpol.PortInfo) bool { return e.Name != "" || e.Set.Contains(proto, port) })
}
