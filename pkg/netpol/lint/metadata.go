package lint

import (
	"fmt"
	"net/netip"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// metadataAddress is where OpenStack, like other clouds, tells a machine about
// itself, user data and credentials included.
var metadataAddress = netip.AddrFrom4([4]byte{169, 254, 169, 254})

// metadataOpen reports one finding for each namespace.
func metadataOpen(p *pass) {
	if p.Engine == nil {
		return
	}
	outside := p.Engine.Address(metadataAddress)
	for s := range p.userSpaces {
		var open, free []int // free: no policy has a say
		var rule netpol.RuleRef
		var ruled []int // a rule allows it
		for _, i := range s.pods {
			if !p.Engine.Connections(p.Engine.PodAt(i), outside).Contains(ports.TCP, 80) {
				continue
			}
			open = append(open, i)
			if len(p.Engine.Isolated(i, netpol.Egress)) == 0 {
				free = append(free, i)
				continue
			}
			side := p.Engine.Explain(p.Engine.PodAt(i), outside, ports.TCP, 80).Egress
			if len(side.Rules) == 0 {
				free = append(free, i) // policies have a say, and leave this to nobody
				continue
			}
			if ruled = append(ruled, i); len(ruled) == 1 {
				rule = side.Rules[0]
			}
		}
		if len(open) == 0 {
			continue
		}
		text := fmt.Sprintf("%d of %s can reach the cloud's metadata service at %s: %s", len(open), count(len(s.pods), "pod", "pods"),
			metadataAddress, p.podNames(open))
		if len(ruled) > 0 {
			text += fmt.Sprintf(". %s%s allows it to %s: add %s/32 to the except list there", ruleName(rule, netpol.RuleRef{}), lineOf(rule.Origin),
				p.podNames(ruled), metadataAddress)
		}
		fix := p.denyMetadata(s, free)
		if fix.text == "" && len(free) > 0 {
			text += fmt.Sprintf(". To close it for %s, allow their egress to what they need with a policy that selects them", p.podNames(free))
		}
		f := p.report(kube.Ref{Kind: "Namespace", Name: s.name}, kube.Origin{}, text)
		f.offer(fix)
		for _, i := range open {
			f.claim(p.Engine.PodAt(i), outside, ports.TCP, 80, true)
		}
	}
}

// denyMetadata leaves the egress of pods open but for the metadata address. It
// selects nothing but pods that no egress policy selects: to all others it would
// open everything. Under Cilium an address block stands for no node, so that such
// a policy would close more.
func (p *pass) denyMetadata(s *space, free []int) patch {
	if p.Engine.CNI() == netpol.Cilium {
		return patch{}
	}
	for _, i := range free {
		if len(p.Engine.Isolated(i, netpol.Egress)) > 0 {
			return patch{}
		}
	}
	var everyPod []kube.LabelSelector
	if !p.hasEgressPolicy(s) {
		everyPod = []kube.LabelSelector{{}}
	}
	selector, ok := p.selectorOf(free, without(p.podsOf[s.name], free), everyPod...)
	if !ok {
		return patch{}
	}
	return p.newPolicy(s.name, "deny-metadata", kube.NetworkPolicySpec{PodSelector: selector, PolicyTypes: []string{"Egress"},
		Egress: []kube.NetworkPolicyEgressRule{{To: []kube.NetworkPolicyPeer{
			{IPBlock: &kube.IPBlock{CIDR: "0.0.0.0/0", Except: []string{metadataAddress.String() + "/32"}}},
			{IPBlock: &kube.IPBlock{CIDR: "::/0"}},
			{NamespaceSelector: &kube.LabelSelector{}},
		}}}})
}

// hasEgressPolicy reports whether a policy of the namespace isolates pods for
// egress, present ones or others.
func (p *pass) hasEgressPolicy(s *space) bool {
	for _, i := range s.policy {
		if p.policies[i].Applies[netpol.Egress] {
			return true
		}
	}
	return false
}
