package lint

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// metadataAddress is where OpenStack, like other clouds, tells a machine about
// itself, user data and credentials included.
var metadataAddress = netip.AddrFrom4([4]byte{169, 254, 169, 254})

// metadataOpen: one finding for each namespace.
func metadataOpen(p *pass) {
	if p.Engine == nil {
		return
	}
	outside := p.Engine.Address(metadataAddress)
	for s := range p.userSpaces {
		open, byRule := 0, 0
		for _, i := range s.pods {
			if p.Engine.Connections(p.Engine.PodAt(i), outside).Contains(ports.TCP, 80) {
				open++
				if len(p.Engine.Isolated(i, netpol.Egress)) > 0 {
					byRule++
				}
			}
		}
		if open == 0 {
			continue
		}
		fix := ""
		text := fmt.Sprintf("%d of %s can reach the metadata address %s", open, count(len(s.pods), "pod", "pods"), metadataAddress)
		if byRule < open {
			fix = noMetadata(s.name)
		}
		if byRule > 0 {
			text += fmt.Sprintf(", %d of them because a rule allows it", byRule)
		}
		p.report(kube.Ref{Kind: "Namespace", Name: s.name}, kube.Origin{}, fix, text)
	}
}

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

// blockCoversCluster: under Calico such a block opens the way to pods too, which
// is rarely meant by "the internet"; a service's address never matches at all.
func blockCoversCluster(p *pass) {
	podRanges, serviceAddrs := p.clusterRanges()
	podAddrs := p.podAddrs()
	for i := range p.objects.NetworkPolicies {
		policy := &p.objects.NetworkPolicies[i]
		visit := func(line int, path string, peers []kube.NetworkPolicyPeer) {
			for j := range peers {
				if b := peers[j].IPBlock; b != nil {
					p.reportBlock(policy, line, fmt.Sprintf("%s[%d].ipBlock", path, j), b, podRanges, serviceAddrs, podAddrs)
				}
			}
		}
		for j := range policy.Spec.Ingress {
			visit(policy.Spec.Ingress[j].Line, fmt.Sprintf("spec.ingress[%d].from", j), policy.Spec.Ingress[j].From)
		}
		for j := range policy.Spec.Egress {
			visit(policy.Spec.Egress[j].Line, fmt.Sprintf("spec.egress[%d].to", j), policy.Spec.Egress[j].To)
		}
	}
}

func (p *pass) reportBlock(policy *kube.NetworkPolicy, line int, path string, b *kube.IPBlock, podRanges, serviceAddrs []netip.Prefix, podAddrs []netip.Addr) {
	at := policy.Origin
	if at.File != "" && line > 0 {
		at.Line = line
	}
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
		p.report(policy.Ref(), at, corrected(policy, func(s *kube.NetworkPolicySpec) bool {
			return len(missing) > 0 && len(missing) <= 20 && addExceptions(s, b.CIDR, missing)
		}), text+": under Calico the rule is about them too")
	case slices.ContainsFunc(serviceAddrs, r.covers) && r.cidr.Bits() > 0:
		p.report(policy.Ref(), at, "", fmt.Sprintf("%s %s covers the address of a service, which policies never see: they apply to the pod behind it", path, b.CIDR))
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

// addExceptions adds ranges to every block of that CIDR.
func addExceptions(s *kube.NetworkPolicySpec, cidr string, ranges []string) bool {
	add := func(peers []kube.NetworkPolicyPeer) {
		for i := range peers {
			if b := peers[i].IPBlock; b != nil && b.CIDR == cidr {
				b.Except = append(b.Except, ranges...)
			}
		}
	}
	for i := range s.Ingress {
		add(s.Ingress[i].From)
	}
	for i := range s.Egress {
		add(s.Egress[i].To)
	}
	return true
}
