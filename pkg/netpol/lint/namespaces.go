package lint

import (
	"fmt"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// hostNetwork: such a pod is its node to the network; a policy that selects it by
// label does nothing for it.
func hostNetwork(p *pass) {
	seen := make(map[kube.Ref]bool)
	for i := range p.objects.Pods {
		pod := &p.objects.Pods[i]
		ref := pod.Owner
		if ref.Kind == "" {
			ref = pod.Ref()
		}
		s := p.spaces[pod.Meta.Namespace]
		if !pod.Spec.HostNetwork || seen[ref] || s == nil || slices.Contains(managed, s.name) {
			continue
		}
		for _, at := range s.policy {
			policy := p.sources[p.policies[at].Ref]
			if policy != nil && selects(&policy.Spec.PodSelector, pod.Meta.Labels) {
				seen[ref] = true
				p.report(ref, pod.Origin, "", fmt.Sprintf("the pods are on the host network, so %s, whose selector matches them, never applies to them", policy.Ref()))
				break
			}
		}
	}
}

// selects reports whether a selector matches labels.
func selects(s *kube.LabelSelector, labels map[string]string) bool {
	for k, v := range s.MatchLabels {
		if have, ok := labels[k]; !ok || have != v {
			return false
		}
	}
	for _, e := range s.MatchExpressions {
		have, ok := labels[e.Key]
		in := ok && slices.Contains(e.Values, have)
		if e.Operator == "In" && !in || e.Operator == "NotIn" && in || e.Operator == "Exists" && !ok || e.Operator == "DoesNotExist" && ok {
			return false
		}
	}
	return true
}

// noDefaultDenyIngress and noDefaultDenyEgress: a policy for every pod of the
// namespace, those to come included, or a baseline that denies.
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
		open := 0
		for _, i := range s.pods {
			if len(p.Engine.Isolated(i, d)) == 0 {
				open++
			}
		}
		text := fmt.Sprintf("no policy denies %s by default, for pods to come as well; open now: %d of %s", directionWord(d), open, count(len(s.pods), "pod", "pods"))
		p.report(kube.Ref{Kind: "Namespace", Name: s.name}, kube.Origin{}, defaultDeny(s.name, d), text)
	}
}

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

// containsAll: both are sorted.
func containsAll(all, some []int) bool {
	for _, s := range some {
		if _, ok := slices.BinarySearch(all, s); !ok {
			return false
		}
	}
	return true
}
