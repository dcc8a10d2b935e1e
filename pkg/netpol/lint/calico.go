package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// calicoNotEnforced: another plugin heeds Kubernetes' policies at most.
func calicoNotEnforced(p *pass) {
	n := 0
	for i := range p.objects.CalicoPolicies {
		if !p.objects.CalicoPolicies[i].Staged() {
			n++
		}
	}
	if n == 0 || p.Engine == nil || p.Engine.CNI() == netpol.Calico {
		return
	}
	name := ""
	if c := p.Input.Cluster; c != nil {
		name = c.Server
	}
	p.report(kube.Ref{Kind: "Cluster", Name: name}, kube.Origin{}, "", fmt.Sprintf(
		"Calico is not the network plugin here (profile %s), so %s of Calico %s no effect", p.Engine.CNI(), count(n, "policy", "policies"), hasOrHave(n)))
}

// orderTie: Calico lets the names of the policies decide, which few authors mean.
func orderTie(p *pass) {
	if p.Engine == nil {
		return
	}
	for _, t := range p.Engine.OrderTies() {
		p.report(t.First.Policy, t.First.Origin, p.orderFix(t), fmt.Sprintf(
			"%s has the same order in tier %s, selects some of the same pods and decides otherwise on some of the same %s: this one comes first because of its name alone",
			t.Second.Policy, t.First.Tier, directionWord(t.Direction)))
	}
}

// orderFix writes down the order that the names make.
func (p *pass) orderFix(t netpol.OrderTie) string {
	for _, one := range []struct {
		ref kube.Ref
		by  float64
	}{{t.First.Policy, -0.5}, {t.Second.Policy, 0.5}} {
		if policy := p.calico[one.ref]; policy != nil && policy.Spec.Order != nil {
			return correctedCalico(policy, func(s *kube.CalicoPolicySpec) bool {
				order := *s.Order + one.by
				s.Order = &order
				return true
			})
		}
	}
	return ""
}

// stagedNeverPromoted: a staged policy does nothing until somebody makes it real.
func stagedNeverPromoted(p *pass) {
	for i := range p.objects.CalicoPolicies {
		one := &p.objects.CalicoPolicies[i]
		if !one.Staged() || p.isPromoted(one) {
			continue
		}
		fix := ""
		if one.Spec.StagedAction == "" || one.Spec.StagedAction == "Set" {
			fix = promoted(one)
		}
		p.report(one.Ref(), one.Origin, fix, "the policy is only staged: nothing enforces it, and no answer counts it")
	}
	for i := range p.objects.StagedKubernetesPolicies {
		one := &p.objects.StagedKubernetesPolicies[i]
		enforced := renderPolicy(&one.Meta, kube.NetworkPolicySpec{PodSelector: one.Spec.PodSelector,
			Ingress: one.Spec.Ingress, Egress: one.Spec.Egress, PolicyTypes: one.Spec.PolicyTypes})
		there := p.sources[kube.Ref{Kind: "NetworkPolicy", Namespace: one.Meta.Namespace, Name: one.Meta.Name}]
		if there != nil && renderPolicy(&there.Meta, there.Spec) == enforced {
			continue
		}
		fix := ""
		if one.Spec.StagedAction == "" || one.Spec.StagedAction == "Set" {
			fix = enforced
		}
		p.report(one.Ref(), one.Origin, fix, "the policy is only staged: nothing enforces it, and no answer counts it")
	}
}

// isPromoted reports whether the policy is there for real too, and says the same.
func (p *pass) isPromoted(staged *kube.CalicoPolicy) bool {
	enforced := *staged
	if enforced.Kind = strings.TrimPrefix(staged.Kind, "Staged"); enforced.Kind == "NetworkPolicy" {
		enforced.Kind = kube.CalicoNetworkPolicy
	}
	there := p.calico[enforced.Ref()]
	return there != nil && renderCalico(there, there.Spec) == promoted(staged)
}

// tierDenies: whoever wrote the policies behind the tier expected them to be asked.
func tierDenies(p *pass) {
	_, denials := p.tierFacts()
	for _, d := range denials {
		ref, at := kube.Ref{Kind: "Tier", Name: d.Tier}, kube.Origin{}
		var order *float64
		for i := range p.objects.Tiers {
			if t := &p.objects.Tiers[i]; t.Meta.Name == d.Tier {
				at, order = t.Origin, t.Spec.Order
			}
		}
		by := d.Policies[0].Policy.String()
		if n := len(d.Policies) - 1; n > 0 {
			by += " and " + count(n, "more", "more")
		}
		p.report(ref, at, tierYAML(d.Tier, order), fmt.Sprintf(
			"the tier denies %s whatever %s does not decide on their %s: policies of later tiers are never asked",
			count(len(d.Pods), "pod", "pods"), by, directionWord(d.Direction)))
	}
}

// unknownTier: Calico refuses such a policy, or leaves it without effect.
func unknownTier(p *pass) {
	known := []string{"", "default", "adminnetworkpolicy", "baselineadminnetworkpolicy", "kube-admin", "kube-baseline"}
	for i := range p.objects.Tiers {
		known = append(known, p.objects.Tiers[i].Meta.Name)
	}
	for i := range p.objects.CalicoPolicies {
		one := &p.objects.CalicoPolicies[i]
		if slices.Contains(known, one.Spec.Tier) {
			continue
		}
		order := 100.0
		p.report(one.Ref(), one.Origin, tierYAML(one.Spec.Tier, &order), fmt.Sprintf("there is no tier %q: the policy has no effect", one.Spec.Tier))
	}
}

// unreachablePolicy: everything has been decided before its turn.
func unreachablePolicy(p *pass) {
	unreached, _ := p.tierFacts()
	for _, u := range unreached {
		why := fmt.Sprintf("tier %s denies what is left", u.Tier)
		if u.Tier == "" {
			why = fmt.Sprintf("%s comes first and decides on everything", u.By.Policy)
		}
		p.report(u.Policy.Policy, u.Policy.Origin, "", "the policy never decides anything about TCP, UDP and SCTP: "+why)
	}
}

// coversAll reports whether a policy of Calico selects every pod of a namespace,
// those to come included, and leaves the tier to deny what it does not decide.
func (p *pass) coversAll(info *netpol.PolicyInfo, s *space, d netpol.Direction) bool {
	source := p.calico[info.Ref]
	if source == nil || !info.Applies[d] || !info.TierDenies || !containsAll(info.Pods, s.pods) ||
		!selectsAll(source.Spec.Selector) || !selectsAll(source.Spec.ServiceAccountSelector) {
		return false
	}
	return !slices.ContainsFunc(info.Rules, func(r netpol.RuleInfo) bool {
		return r.Ref.Direction == d && r.Whole && r.Ref.Action == "Pass"
	})
}

func selectsAll(selector string) bool {
	selector = strings.ReplaceAll(selector, " ", "")
	return selector == "" || selector == "all()"
}
