package lint

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// A default deny is a policy for every pod of the namespace, those to come
// included, or a baseline that denies.

func noDefaultDenyIngress(p *pass) { p.noDefaultDeny(netpol.Ingress) }
func noDefaultDenyEgress(p *pass)  { p.noDefaultDeny(netpol.Egress) }

func (p *pass) noDefaultDeny(d netpol.Direction) {
	if p.Engine == nil {
		return
	}
	for s := range p.userSpaces {
		if p.deniesByDefault(s, d) {
			continue
		}
		open := p.openPods(s.pods, d)
		what := [...]string{netpol.Egress: "may connect to anywhere", netpol.Ingress: "accept connections from anywhere"}[d]
		text := fmt.Sprintf("%d of %s %s: %s. New pods will, too", len(open), count(len(s.pods), "pod", "pods"), what, p.podNames(open))
		if len(open) == 1 && d == netpol.Ingress {
			text = fmt.Sprintf("1 of %s accepts connections from anywhere: %s. New pods will, too", count(len(s.pods), "pod", "pods"), p.podNames(open))
		}
		if len(open) == 0 {
			text = fmt.Sprintf("policies cover the %s of the %s here, but not of new ones: those %s until a policy selects them",
				directionWord(d), count(len(s.pods), "pod", "pods"), what)
		}
		fix, why := p.denyByDefault(s, open, d)
		if why != "" {
			text += ". A default deny would break " + why + ": allow that first"
		}
		f := p.report(kube.Ref{Kind: "Namespace", Name: s.name}, kube.Origin{}, text)
		f.offer(fix)
		if len(open) == 0 {
			f.Severity = Info
		}
	}
}

// openPods returns the pods for which no policy has a say in a direction.
func (p *pass) openPods(pods []int, d netpol.Direction) []int {
	var out []int
	for _, i := range pods {
		if len(p.Engine.Isolated(i, d)) == 0 {
			out = append(out, i)
		}
	}
	return out
}

// denyByDefault returns a policy that closes a direction for every pod of a
// namespace; for egress with a way to the cluster's DNS for those that are open
// now. It returns no patch where that would do more, with what it would break if
// that is the reason.
func (p *pass) denyByDefault(s *space, open []int, d netpol.Direction) (fix patch, breaks string) {
	if !p.onlyNetworkPolicies(s.pods, d) {
		return patch{}, ""
	}
	if breaks = p.reliesOn(open, d); breaks != "" {
		return patch{}, breaks
	}
	spec := kube.NetworkPolicySpec{PolicyTypes: []string{d.String()}}
	name := "default-deny-" + directionWord(d)
	if d == netpol.Ingress || len(open) == 0 {
		return p.newPolicy(s.name, name, spec), ""
	}
	if !p.opensDNS(open) {
		return patch{}, ""
	}
	others := without(s.pods, open)
	if len(others) == 0 {
		spec.Egress = p.dnsRules()
		return p.newPolicy(s.name, name, spec), ""
	}
	dns, ok := p.allowDNS(s, open)
	if !ok {
		return patch{}, ""
	}
	return p.newPolicy(s.name, name, spec).with(dns), ""
}

// onlyNetworkPolicies reports whether nothing but NetworkPolicies has a say for
// pods. Behind tiers and baselines, one more NetworkPolicy may open something.
func (p *pass) onlyNetworkPolicies(pods []int, d netpol.Direction) bool {
	for _, i := range pods {
		if slices.ContainsFunc(p.Engine.Isolated(i, d), func(r netpol.PolicyRef) bool { return r.Policy.Kind != "NetworkPolicy" }) {
			return false
		}
	}
	return true
}

// reliesOn names what counts on a direction of pods that is open, so that closing
// it would break that; "" for nothing.
func (p *pass) reliesOn(pods []int, d netpol.Direction) string {
	if len(pods) == 0 {
		return ""
	}
	among := func(i int) bool { _, found := slices.BinarySearch(pods, i); return found }
	found := ""
	p.eachRule(func(info *netpol.PolicyInfo, r *netpol.RuleInfo) {
		if found != "" || r.Ref.Direction == d || r.Ref.Action != "Allow" || len(info.Pods) == 0 {
			return
		}
		for _, peer := range r.Peers {
			if !peer.Block && !p.isEveryPod(&peer) && slices.ContainsFunc(peer.Pods, among) {
				found = "what " + ruleName(r.Ref, netpol.RuleRef{}) + lineOf(r.Ref.Origin) + " allows"
				return
			}
		}
	})
	if found != "" {
		return found
	}
	if d == netpol.Egress {
		return p.servedBy(among)
	}
	for _, e := range p.entries() {
		for _, b := range e.service.backends {
			if slices.ContainsFunc(b.Pods, func(x netpol.BackendPod) bool { return among(x.Pod) }) {
				return "the way that " + e.ref.String() + " leads"
			}
		}
	}
	for _, c := range p.callers() {
		if slices.ContainsFunc(c.pods, among) {
			return c.what
		}
	}
	return ""
}

// servedBy names what needs the egress of some pods: Ingresses that they serve, and
// what nobody but pods can reach; "" for nothing.
func (p *pass) servedBy(among func(int) bool) string {
	onlyPods := func(pod int, proto ports.Protocol, port uint16) bool {
		from, ok := p.Engine.AnySource(pod, proto, port)
		_, inside := from.Pod()
		return ok && inside
	}
	for _, e := range p.entries() {
		if !e.through {
			continue
		}
		served := slices.ContainsFunc(p.controllers(), among)
		for _, b := range e.service.backends {
			served = served || len(p.controllers()) == 0 && slices.ContainsFunc(b.Pods, func(x netpol.BackendPod) bool {
				return onlyPods(x.Pod, protocolOf(b.Port.Protocol), x.Port)
			})
		}
		if served {
			return "the way that " + e.ref.String() + " leads"
		}
	}
	for _, c := range p.scrapeCallers() {
		if onlyPods(c.pods[0], c.protocol, c.port[0]) {
			return c.what
		}
	}
	return ""
}

// isEveryPod reports whether a peer stands for all pods, so that it means none in
// particular.
func (p *pass) isEveryPod(peer *netpol.PeerInfo) bool { return len(peer.Pods) >= p.networked }

// deniesByDefault reports whether all pods of a namespace, those to come included,
// are denied a direction that no rule allows.
func (p *pass) deniesByDefault(s *space, d netpol.Direction) bool {
	for _, i := range s.policy {
		info := &p.policies[i]
		source := p.sources[info.Ref]
		if source != nil && info.Applies[d] && len(source.Spec.PodSelector.MatchLabels) == 0 && len(source.Spec.PodSelector.MatchExpressions) == 0 {
			return true
		}
	}
	for i := range p.policies {
		info := &p.policies[i]
		if p.coversAll(info, s, d) {
			return true
		}
		if info.Ref.Namespace != "" || !info.Applies[d] || !containsAll(info.Pods, s.pods) {
			continue
		}
		for j := range info.Rules {
			r := &info.Rules[j]
			if r.Ref.Direction == d && r.Ref.Action == "Deny" && len(r.Ports) == 0 {
				return true
			}
		}
	}
	return false
}

// containsAll reports whether all holds each of some; both are sorted.
func containsAll(all, some []int) bool {
	for _, s := range some {
		if _, ok := slices.BinarySearch(all, s); !ok {
			return false
		}
	}
	return true
}

// podWithoutPolicy reports pods that no policy selects in a namespace that has
// some: most often forgotten ones. Where there are none at all, the findings about
// a default deny say so.
func podWithoutPolicy(p *pass) {
	if p.Engine == nil {
		return
	}
	for s := range p.userSpaces {
		bare := p.openPods(p.openPods(s.pods, netpol.Ingress), netpol.Egress)
		if len(bare) == 0 || len(s.policy) == 0 && len(bare) == len(s.pods) {
			continue
		}
		p.report(kube.Ref{Kind: "Namespace", Name: s.name}, p.objects.Pods[bare[0]].Origin, fmt.Sprintf(
			"no policy selects %d of %s: %s. The namespace has %s, so they may have been forgotten: check their labels against the policies' podSelectors",
			len(bare), count(len(s.pods), "pod", "pods"), p.podNames(bare), cmp.Or(s.policyCount(), "policies for the others")))
	}
}

// policyCount returns how many policies are in a namespace; "" for none.
func (s *space) policyCount() string {
	if len(s.policy) == 0 {
		return ""
	}
	return count(len(s.policy), "policy", "policies")
}

// egressLeftOpen is the mistake in Catalyst's tutorial: a policy without rules
// and without policyTypes isolates ingress only. In a cluster policyTypes has been
// filled in; an annotation reports whether kubectl applied it.
func egressLeftOpen(p *pass) {
	for i := range p.objects.NetworkPolicies {
		policy := &p.objects.NetworkPolicies[i]
		s := &policy.Spec
		absent := len(s.PolicyTypes) == 0 || policy.Meta.Annotations[kube.DefaultedAnnotation] == "true"
		if !absent || len(s.Ingress) > 0 || len(s.Egress) > 0 {
			continue
		}
		fix, open, breaks := p.closeEgress(policy)
		text := "the policy denies ingress only: it has no policyTypes and no egress section, so egress stays as it is"
		if len(open) > 0 {
			text += ", which is open for " + p.podNames(open)
		}
		switch {
		case breaks != "":
			text += ". Listing Egress in policyTypes would break " + breaks + ": allow that first"
		case fix.text == "":
			text += ". If egress is to be denied too, list Egress in policyTypes and allow DNS"
		}
		p.report(policy.Ref(), policy.Origin, text).offer(fix)
	}
}

// closeEgress returns a policy that isolates its pods for egress too, with a way
// to DNS for those that are open now.
func (p *pass) closeEgress(policy *kube.NetworkPolicy) (fix patch, open []int, breaks string) {
	both := func(s *kube.NetworkPolicySpec) bool {
		s.PolicyTypes = []string{"Ingress", "Egress"}
		return true
	}
	info := p.infoOf(policy.Ref())
	if info == nil || p.Engine == nil {
		return patch{}, nil, ""
	}
	open = p.openPods(info.Pods, netpol.Egress)
	if !p.onlyNetworkPolicies(info.Pods, netpol.Egress) {
		return patch{}, open, ""
	}
	if breaks = p.reliesOn(open, netpol.Egress); breaks != "" {
		return patch{}, open, breaks
	}
	switch {
	case len(open) == 0 && len(info.Pods) > 0 || !p.opensDNS(open):
		return patch{}, open, ""
	case len(open) == len(info.Pods):
		return corrected(policy, func(s *kube.NetworkPolicySpec) bool {
			s.Egress = p.dnsRules()
			return both(s)
		}), open, ""
	}
	dns, ok := p.allowDNS(p.spaces[policy.Meta.Namespace], open)
	if !ok {
		return patch{}, open, ""
	}
	return corrected(policy, both).with(dns), open, ""
}

// deadRules reports rules in a direction that is not among policyTypes.
func deadRules(p *pass) {
	for i := range p.policies {
		info := &p.policies[i]
		dead := [2]int{}
		for j := range info.Rules {
			if info.Rules[j].Dead {
				dead[info.Rules[j].Ref.Direction]++
			}
		}
		for _, d := range []netpol.Direction{netpol.Egress, netpol.Ingress} {
			if dead[d] > 0 {
				p.reportDead(info, d, dead[d])
			}
		}
	}
}

func (p *pass) reportDead(info *netpol.PolicyInfo, d netpol.Direction, n int) {
	field := "policyTypes"
	own := p.calico[info.Ref]
	if own != nil {
		field = "types"
	}
	text := fmt.Sprintf("%s %s no effect, because %s does not list %s", count(n, directionWord(d)+" rule", directionWord(d)+" rules"), hasOrHave(n), field, d)
	open := p.openPods(info.Pods, d)
	breaks := p.reliesOn(open, d)
	for _, proto := range []ports.Protocol{ports.UDP, ports.TCP} {
		if breaks == "" && d == netpol.Egress && len(info.Pods) > 0 && !p.allowsDNS(info, proto) {
			breaks = "DNS over " + proto.String() + ", which the rules leave out"
		}
	}
	switch {
	case len(open) > 0 && breaks != "":
		text += fmt.Sprintf(". Listing it also closes all other %s of %s, and would break %s: allow that first", directionWord(d), p.podNames(open), breaks)
	case len(open) > 0:
		text += fmt.Sprintf(". Listing it also closes all other %s of %s", directionWord(d), p.podNames(open))
	default:
		text += ". List it, or delete the rules"
	}
	f := p.report(info.Ref, info.Origin, text)
	// Where other policies isolate the pods too, these rules may make some of theirs
	// redundant.
	if breaks == "" && own == nil && len(open) == len(info.Pods) {
		f.offer(corrected(p.sources[info.Ref], func(s *kube.NetworkPolicySpec) bool {
			s.PolicyTypes = append(s.PolicyTypes, d.String())
			return true
		}))
	}
}
