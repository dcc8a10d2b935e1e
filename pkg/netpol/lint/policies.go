package lint

import (
	"fmt"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/enforce"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
)

// notEnforced: policies are there, and nothing heeds them.
func notEnforced(p *pass) {
	n := len(p.policies)
	if p.Enforcement.Verdict != enforce.NotEnforced || n == 0 {
		return
	}
	name := ""
	if c := p.Input.Cluster; c != nil {
		name = c.Server
	}
	p.report(kube.Ref{Kind: "Cluster", Name: name}, kube.Origin{}, "",
		fmt.Sprintf("nothing enforces the %s of this cluster: every pod can reach every other", count(n, "policy", "policies")))
}

// selectsNothing: a policy that applies to nobody, most often a misspelt label.
func selectsNothing(p *pass) {
	for i := range p.policies {
		info := &p.policies[i]
		if len(info.Pods) > 0 || p.podsUnread(info.Ref.Namespace) {
			continue
		}
		if len(p.objects.Pods) == 0 {
			return // policies alone: nothing to compare them with
		}
		p.report(info.Ref, info.Origin, "", "the policy selects no pod")
	}
}

// podsUnread reports whether pods of a namespace could not be read.
func (p *pass) podsUnread(namespace string) bool {
	return slices.ContainsFunc(p.Input.Unreadable, func(u load.Unreadable) bool {
		return u.Resource == "pods" && (u.Namespace == "" || namespace == "" || u.Namespace == namespace)
	})
}

// peerMatchesNothing: a peer among the rules of a policy that applies.
func peerMatchesNothing(p *pass) {
	if len(p.objects.Pods) == 0 || p.podsUnread("") {
		return
	}
	p.eachRule(func(info *netpol.PolicyInfo, r *netpol.RuleInfo) {
		for _, peer := range r.Peers {
			if len(peer.Pods) == 0 && !peer.Outside && !peer.Block && !p.typoPeers[info.Ref.String()+" "+peer.Path] {
				p.report(info.Ref, r.Ref.Origin, "", fmt.Sprintf("%s matches no pod", peer.Path))
			}
		}
	})
}

// eachRule visits the rules that apply.
func (p *pass) eachRule(visit func(*netpol.PolicyInfo, *netpol.RuleInfo)) {
	for i := range p.policies {
		for j := range p.policies[i].Rules {
			if r := &p.policies[i].Rules[j]; !r.Dead {
				visit(&p.policies[i], r)
			}
		}
	}
}

// namedPortMissing: named ports are looked up at each destination pod.
func namedPortMissing(p *pass) {
	p.eachRule(func(info *netpol.PolicyInfo, r *netpol.RuleInfo) {
		peers := len(r.Peers) == 0
		for _, peer := range r.Peers {
			peers = peers || len(peer.Pods) > 0
		}
		if len(info.Pods) == 0 || !peers {
			return // that is what is wrong, and reported
		}
		for _, port := range r.Ports {
			if port.Name != "" && port.Found == 0 {
				who := "pod that the policy selects"
				if r.Ref.Direction == netpol.Egress {
					who = "destination of the rule"
				}
				p.report(info.Ref, r.Ref.Origin, "", fmt.Sprintf("%s: no %s has a port named %q", port.Path, who, port.Name))
			}
		}
	})
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
		p.report(policy.Ref(), policy.Origin, corrected(policy, func(s *kube.NetworkPolicySpec) bool {
			s.PolicyTypes = []string{"Ingress", "Egress"}
			return true
		}), "policyTypes is missing and there is no egress section, so the policy denies ingress only: egress stays open")
	}
}

// deadRules: a direction that is not among policyTypes.
func deadRules(p *pass) {
	for i := range p.policies {
		info := &p.policies[i]
		dead := map[netpol.Direction]int{}
		for j := range info.Rules {
			if info.Rules[j].Dead {
				dead[info.Rules[j].Ref.Direction]++
			}
		}
		for d, n := range dead {
			fix, field := corrected(p.sources[info.Ref], func(s *kube.NetworkPolicySpec) bool {
				s.PolicyTypes = append(s.PolicyTypes, d.String())
				return true
			}), "policyTypes"
			if own := p.calico[info.Ref]; own != nil {
				field = "types"
				fix = correctedCalico(own, func(s *kube.CalicoPolicySpec) bool {
					s.Types = append(s.Types, d.String())
					return true
				})
			}
			p.report(info.Ref, info.Origin, fix, fmt.Sprintf("%s %s no effect: %s does not list %s",
				count(n, directionWord(d)+" rule", directionWord(d)+" rules"), hasOrHave(n), field, d))
		}
	}
}

// allowAll: one rule that makes all others of its direction pointless.
func allowAll(p *pass) {
	p.eachRule(func(info *netpol.PolicyInfo, r *netpol.RuleInfo) {
		own := info.Ref.Kind == "NetworkPolicy" || p.calico[info.Ref] != nil
		if own && r.Whole && r.Ref.Action == "Allow" && len(info.Pods) > 0 {
			p.report(info.Ref, r.Ref.Origin, "", fmt.Sprintf("%s allows %s %s everywhere on every port", r.Path, directionWord(r.Ref.Direction), fromTo(r.Ref.Direction)))
		}
	})
}

// equalPriority: the APIs leave undefined who wins.
func equalPriority(p *pass) {
	for i := range p.policies {
		info := &p.policies[i]
		for _, other := range info.Ties {
			if info.Ref.Name < other.Name || info.Ref.Name == other.Name && info.Ref.Kind < other.Kind {
				p.report(info.Ref, info.Origin, "", fmt.Sprintf(
					"%s has priority %v too and selects some of the same pods: which of the two wins is undefined", other, info.Priority))
			}
		}
	}
}

func redundantRule(p *pass) { p.reportSuperfluous(false) }
func shadowedRule(p *pass)  { p.reportSuperfluous(true) }

// reportSuperfluous reports rules that change nothing. What matches nothing at all is
// reported by other rules.
func (p *pass) reportSuperfluous(shadowed bool) {
	for _, r := range p.redundancies() {
		if len(r.By) == 0 || r.Shadowed != shadowed {
			continue
		}
		by := ruleName(r.By[0], r.Rule)
		if n := len(r.By) - 1; n > 0 {
			by += " and " + count(n, "more", "more")
		}
		at := fmt.Sprintf("spec.%s[%d]", directionWord(r.Rule.Direction), r.Rule.Index)
		if shadowed {
			p.report(r.Rule.Policy, r.Rule.Origin, "", fmt.Sprintf("%s never takes effect: %s comes first and decides otherwise", at, by))
			continue
		}
		fix := corrected(p.sources[r.Rule.Policy], func(s *kube.NetworkPolicySpec) bool {
			if r.Rule.Direction == netpol.Egress {
				return len(s.Egress) > 1 && remove(&s.Egress, r.Rule.Index)
			}
			return len(s.Ingress) > 1 && remove(&s.Ingress, r.Rule.Index)
		})
		if own := p.calico[r.Rule.Policy]; own != nil {
			fix = correctedCalico(own, func(s *kube.CalicoPolicySpec) bool {
				if r.Rule.Direction == netpol.Egress {
					return len(s.Egress) > 1 && remove(&s.Egress, r.Rule.Index)
				}
				return len(s.Ingress) > 1 && remove(&s.Ingress, r.Rule.Index)
			})
		}
		p.report(r.Rule.Policy, r.Rule.Origin, fix, fmt.Sprintf("%s changes nothing: %s %s the same", at, by, verb(r.Rule.Action)))
	}
}

func remove[T any](list *[]T, at int) bool {
	if at >= len(*list) {
		return false
	}
	*list = slices.Delete(*list, at, at+1)
	return true
}
