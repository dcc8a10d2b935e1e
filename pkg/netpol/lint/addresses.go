package lint

import (
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// clusterRanges are the ranges of pods and of services, as far as they are known.
func (p *pass) clusterRanges() (pods, services []netip.Prefix) {
	for i := range p.objects.Nodes {
		spec := &p.objects.Nodes[i].Spec
		for _, text := range append([]string{spec.PodCIDR}, spec.PodCIDRs...) {
			if r, err := netip.ParsePrefix(text); err == nil && !slices.Contains(pods, r.Masked()) {
				pods = append(pods, r.Masked())
			}
		}
	}
	for i := range p.objects.Services {
		spec := &p.objects.Services[i].Spec
		for _, text := range append([]string{spec.ClusterIP}, spec.ClusterIPs...) {
			if a, err := netip.ParseAddr(text); err == nil {
				if r := netip.PrefixFrom(a, a.BitLen()); !slices.Contains(services, r) {
					services = append(services, r)
				}
			}
		}
	}
	return pods, services
}

// podAddrs are the addresses of the pods on the pod network, sorted.
func (p *pass) podAddrs() []netip.Addr {
	var out []netip.Addr
	for _, s := range p.spaces {
		for _, i := range s.pods {
			if a, err := netip.ParseAddr(p.objects.Pods[i].Status.PodIP); err == nil {
				out = append(out, a)
			}
		}
	}
	slices.SortFunc(out, netip.Addr.Compare)
	return out
}

// countWithin counts the sorted addresses that are in a range.
func countWithin(sorted []netip.Addr, r netip.Prefix) int {
	from, _ := slices.BinarySearchFunc(sorted, r.Masked().Addr(), netip.Addr.Compare)
	to, found := slices.BinarySearchFunc(sorted, addr.Last(r), netip.Addr.Compare)
	if found {
		to++
	}
	return to - from
}

// blockCoversCluster reports blocks that under Calico open the way to pods too,
// which is rarely meant by "the internet"; a service's address never matches.
func blockCoversCluster(p *pass) {
	podRanges, serviceAddrs := p.clusterRanges()
	podAddrs := p.podAddrs()
	for i := range p.objects.NetworkPolicies {
		policy := &p.objects.NetworkPolicies[i]
		for r := range policyRules(policy) {
			if slices.ContainsFunc(r.peers, meansEveryPod) {
				continue // pods are meant
			}
			for j := range r.peers {
				if b := r.peers[j].IPBlock; b != nil {
					p.reportBlock(policy, r.origin, fmt.Sprintf("%s[%d].ipBlock", r.peersPath, j), b, podRanges, serviceAddrs, podAddrs)
				}
			}
		}
	}
}

// meansEveryPod reports whether a peer stands for all pods of all namespaces.
func meansEveryPod(q kube.NetworkPolicyPeer) bool {
	return isEmpty(q.NamespaceSelector) && (q.PodSelector == nil || isEmpty(q.PodSelector))
}

func isEmpty(s *kube.LabelSelector) bool {
	return s != nil && len(s.MatchLabels) == 0 && len(s.MatchExpressions) == 0
}

// writtenRule is a rule of a NetworkPolicy as it is written.
type writtenRule struct {
	direction netpol.Direction
	index     int
	path      string // as in "spec.ingress[0]"
	peersPath string // as in "spec.ingress[0].from"
	peers     []kube.NetworkPolicyPeer
	ports     []kube.NetworkPolicyPort
	origin    kube.Origin
}

// policyRules yields the rules of a policy in both directions.
func policyRules(p *kube.NetworkPolicy) iter.Seq[writtenRule] {
	return func(yield func(writtenRule) bool) {
		at := func(line int) kube.Origin {
			out := p.Origin
			if out.File != "" && line > 0 {
				out.Line = line
			}
			return out
		}
		for i := range p.Spec.Ingress {
			r, path := &p.Spec.Ingress[i], fmt.Sprintf("spec.ingress[%d]", i)
			if !yield(writtenRule{netpol.Ingress, i, path, path + ".from", r.From, r.Ports, at(r.Line)}) {
				return
			}
		}
		for i := range p.Spec.Egress {
			r, path := &p.Spec.Egress[i], fmt.Sprintf("spec.egress[%d]", i)
			if !yield(writtenRule{netpol.Egress, i, path, path + ".to", r.To, r.Ports, at(r.Line)}) {
				return
			}
		}
	}
}

// openToInternet reports rules for every address of a family on every port. No rule
// of the kind "everything" does, which is another finding: this one leaves out the
// other family, or names the addresses on purpose.
func openToInternet(p *pass) {
	for i := range p.objects.NetworkPolicies {
		policy := &p.objects.NetworkPolicies[i]
		for r := range policyRules(policy) {
			if len(r.ports) > 0 {
				continue
			}
			var open []string
			narrowed := false
			for j := range r.peers {
				if b := r.peers[j].IPBlock; b != nil && parseBlock(b).cidr.IsValid() && parseBlock(b).cidr.Bits() == 0 {
					open = append(open, b.CIDR)
					narrowed = narrowed || len(b.Except) > 0
				}
			}
			switch {
			case len(open) == 0, r.direction == netpol.Egress && narrowed:
			case r.direction == netpol.Ingress:
				p.report(policy.Ref(), r.origin, fmt.Sprintf("%s lets every address of %s in on every port%s: name the ports, or the addresses that are meant", r.path,
					strings.Join(open, " and "), p.whomFor(policy)))
			default:
				p.report(policy.Ref(), r.origin, fmt.Sprintf("%s lets pods out to every address of %s on every port%s: what leaves a pod can go anywhere on the internet", r.path,
					strings.Join(open, " and "), p.whomFor(policy))).Severity = Info
			}
		}
	}
}

// whomFor returns " (shop/db)", the pods that a policy selects, as far as known.
func (p *pass) whomFor(policy *kube.NetworkPolicy) string {
	if info := p.infoOf(policy.Ref()); info != nil && len(info.Pods) > 0 {
		return " (" + p.podNames(info.Pods) + ")"
	}
	return ""
}

// selectorsNotCombined reports two peers, one by namespace and one by pod, where
// pods of those namespaces are meant: the dash in front of the second selector
// turns "and" into "or".
func selectorsNotCombined(p *pass) {
	for i := range p.objects.NetworkPolicies {
		policy := &p.objects.NetworkPolicies[i]
		own := policy.Meta.Namespace
		for r := range policyRules(policy) {
			for j := 1; j < len(r.peers); j++ {
				space, pod := &r.peers[j-1], &r.peers[j]
				if space.NamespaceSelector == nil {
					space, pod = pod, space
				}
				if space.NamespaceSelector == nil || space.PodSelector != nil || isEmpty(space.NamespaceSelector) ||
					pod.PodSelector == nil || pod.NamespaceSelector != nil || isEmpty(pod.PodSelector) {
					continue
				}
				here := func(i int) bool { return selects(pod.PodSelector, p.objects.Pods[i].Meta.Labels) }
				if slices.ContainsFunc(p.podsOf[own], here) {
					continue // pods of the policy's own namespace are there to be meant
				}
				p.report(policy.Ref(), r.origin, fmt.Sprintf("%s[%d] and [%d] are two peers: every pod of namespaces %s, and pods %s of namespace %s, which has none. If pods %s of those namespaces are meant, remove the dash so that both selectors are one element",
					r.peersPath, j-1, j, selectorText(space.NamespaceSelector), selectorText(pod.PodSelector), own, selectorText(pod.PodSelector)))
			}
		}
	}
}

func (p *pass) reportBlock(policy *kube.NetworkPolicy, at kube.Origin, path string, b *kube.IPBlock, podRanges, serviceAddrs []netip.Prefix, podAddrs []netip.Addr) {
	r := parseBlock(b)
	if !r.cidr.IsValid() {
		return
	}
	var missing []string
	for _, pods := range podRanges {
		if r.covers(pods) {
			missing = append(missing, pods.String())
		}
	}
	covered := countWithin(podAddrs, r.cidr)
	for _, e := range r.except {
		covered -= countWithin(podAddrs, e)
	}
	switch {
	case len(missing) > 0 || covered > 1 && r.cidr.Bits() < r.cidr.Addr().BitLen():
		text := fmt.Sprintf("%s %s covers the addresses of pods", path, b.CIDR)
		if covered > 0 {
			text += fmt.Sprintf(" (%d of them here)", covered)
		}
		text += ", and under Calico the rule is about them too"
		if len(missing) > 0 {
			text += fmt.Sprintf(". If pods are not meant, add except: [%s], and allow the pods that are by a selector", listNames(missing))
		}
		p.report(policy.Ref(), at, text)
	case slices.ContainsFunc(serviceAddrs, r.covers) && r.cidr.Bits() > 0:
		p.report(policy.Ref(), at, fmt.Sprintf("%s %s covers the address of a service, which no policy ever sees: allow the pods behind it instead", path, b.CIDR))
	}
}

// parsedBlock is an ipBlock as ranges; invalid where it cannot be read.
type parsedBlock struct {
	cidr   netip.Prefix
	except []netip.Prefix
}

func parseBlock(b *kube.IPBlock) parsedBlock {
	var out parsedBlock
	if r, err := netip.ParsePrefix(b.CIDR); err == nil {
		out.cidr = r.Masked()
	}
	for _, text := range b.Except {
		if r, err := netip.ParsePrefix(text); err == nil {
			out.except = append(out.except, r.Masked())
		}
	}
	return out
}

// covers reports whether all of r is in the block.
func (b parsedBlock) covers(r netip.Prefix) bool {
	if b.cidr.Bits() > r.Bits() || !b.cidr.Contains(r.Addr()) {
		return false
	}
	return !slices.ContainsFunc(b.except, func(e netip.Prefix) bool { return e.Overlaps(r) })
}
