package lint

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

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
	p.report(kube.Ref{Kind: "Cluster", Name: name}, kube.Origin{}, fmt.Sprintf(
		"Calico is not the network plugin here (profile %s), so %s of Calico's own kinds %s no effect: write them as NetworkPolicies", p.Engine.CNI(), count(n, "policy", "policies"), hasOrHave(n)))
}

// orderTie reports what Calico lets the names of the policies decide, which few
// authors mean.
func orderTie(p *pass) {
	if p.Engine == nil {
		return
	}
	for _, t := range p.Engine.OrderTies() {
		p.report(t.First.Policy, t.First.Origin, fmt.Sprintf(
			"%s%s has the same order in tier %s and decides differently about the same %s of some pods. This policy wins because its name sorts first: give the two different orders",
			t.Second.Policy, lineOf(t.Second.Origin), t.First.Tier, directionWord(t.Direction))).offer(p.orderFix(t))
	}
}

// kubernetesOrder is where Calico puts the NetworkPolicies of Kubernetes in the
// tier default.
const kubernetesOrder = 1000.0

// orderFix writes down the order that the names make, where no other policy stands
// at the same order or in between.
func (p *pass) orderFix(t netpol.OrderTie) patch {
	first, second := p.calico[t.First.Policy], p.calico[t.Second.Policy]
	if first != nil {
		second = first
	}
	if second == nil || second.Spec.Order == nil {
		return patch{}
	}
	tier, order := second.Spec.Tier, *second.Spec.Order
	sharing, below, above := 0, order-1, order+1
	note := func(other float64) {
		switch {
		case other == order:
			sharing++
		case other < order:
			below = max(below, other)
		default:
			above = min(above, other)
		}
	}
	for i := range p.objects.CalicoPolicies {
		if one := &p.objects.CalicoPolicies[i]; one.Spec.Tier == tier && one.Spec.Order != nil && !one.Staged() {
			note(*one.Spec.Order)
		}
	}
	if tier == "" {
		for range p.objects.NetworkPolicies {
			note(kubernetesOrder)
		}
	}
	if sharing != 2 {
		return patch{}
	}
	moved := (order + below) / 2
	if first == nil {
		moved = (order + above) / 2
	}
	return correctedCalico(second, func(s *kube.CalicoPolicySpec) bool {
		s.Order = &moved
		return true
	})
}

// stagedNeverPromoted reports staged policies, which do nothing until somebody makes
// them real.
func stagedNeverPromoted(p *pass) {
	report := func(ref kube.Ref, at kube.Origin, action, enforced string) {
		text := "the policy is only staged, so nothing enforces it and no answer counts it. Apply it as a " + enforced + " or delete it; diff shows what it would change"
		if action != "" && action != "Set" {
			text = "the policy is only staged, so nothing enforces it and no answer counts it; its stagedAction is " + action
		}
		p.report(ref, at, text)
	}
	for i := range p.objects.CalicoPolicies {
		one := &p.objects.CalicoPolicies[i]
		if one.Staged() && !p.isPromoted(one) {
			report(one.Ref(), one.Origin, one.Spec.StagedAction, strings.TrimPrefix(one.Kind, "Staged")+" of projectcalico.org/v3")
		}
	}
	for i := range p.objects.StagedKubernetesPolicies {
		one := &p.objects.StagedKubernetesPolicies[i]
		enforced := renderPolicy(&one.Meta, kube.NetworkPolicySpec{PodSelector: one.Spec.PodSelector,
			Ingress: one.Spec.Ingress, Egress: one.Spec.Egress, PolicyTypes: one.Spec.PolicyTypes})
		there := p.sources[kube.Ref{Kind: "NetworkPolicy", Namespace: one.Meta.Namespace, Name: one.Meta.Name}]
		if there != nil && renderPolicy(&there.Meta, there.Spec).text == enforced.text {
			continue
		}
		report(one.Ref(), one.Origin, one.Spec.StagedAction, "NetworkPolicy of Kubernetes")
	}
}

// isPromoted reports whether the policy is there for real too, and says the same.
func (p *pass) isPromoted(staged *kube.CalicoPolicy) bool {
	enforced := *staged
	if enforced.Kind = strings.TrimPrefix(staged.Kind, "Staged"); enforced.Kind == "NetworkPolicy" {
		enforced.Kind = kube.CalicoNetworkPolicy
	}
	there := p.calico[enforced.Ref()]
	enforced.Spec.StagedAction = ""
	return there != nil && renderCalico(there, there.Spec).text == renderCalico(&enforced, enforced.Spec).text
}

// tierDenies reports tiers that deny what later tiers have policies for: whoever
// wrote those expected them to be asked.
func tierDenies(p *pass) {
	_, denials := p.tierFacts()
	for _, d := range denials {
		ref, at := kube.Ref{Kind: "Tier", Name: d.Tier}, kube.Origin{}
		for i := range p.objects.Tiers {
			if t := &p.objects.Tiers[i]; t.Meta.Name == d.Tier {
				at = t.Origin
			}
		}
		by := d.Policies[0].Policy.String() + lineOf(d.Policies[0].Origin)
		if n := len(d.Policies) - 1; n > 0 {
			by += " and " + count(n, "more", "more")
		}
		p.report(ref, at, fmt.Sprintf(
			"%s %s denied all %s that %s does not decide on (%s), so the policies of later tiers are never asked. End the tier's policies with action: Pass for what those are to decide; defaultAction: Pass on the tier would open the pods that no later policy selects",
			count(len(d.Pods), "pod", "pods"), isOrAre(len(d.Pods)), directionWord(d.Direction), by, p.podNames(d.Pods)))
	}
}

// unknownTier reports policies that Calico refuses, or leaves without effect.
func unknownTier(p *pass) {
	known := map[string]bool{"": true, "default": true, "adminnetworkpolicy": true, "baselineadminnetworkpolicy": true, "kube-admin": true, "kube-baseline": true}
	for i := range p.objects.Tiers {
		known[p.objects.Tiers[i].Meta.Name] = true
	}
	for i := range p.objects.CalicoPolicies {
		one := &p.objects.CalicoPolicies[i]
		if known[one.Spec.Tier] {
			continue
		}
		way := "create the Tier, or correct spec.tier"
		if meant := nearest(one.Spec.Tier, known); meant != "" {
			way = fmt.Sprintf("did you mean %q?", meant)
		}
		p.report(one.Ref(), one.Origin, fmt.Sprintf("there is no Tier %q, so the policy has no effect; %s", one.Spec.Tier, way))
	}
}

// thirdListIgnored reports rules that Calico enforces wider than they are written:
// its rules for iptables and nftables ask the first two lists of a rule, ports
// before networks and the source before the destination, and take the third for
// true.
func thirdListIgnored(p *pass) {
	for i := range p.objects.CalicoPolicies {
		one := &p.objects.CalicoPolicies[i]
		for d, list := range [][]kube.CalicoRule{netpol.Egress: one.Spec.Egress, netpol.Ingress: one.Spec.Ingress} {
			for j := range list {
				lists := listsOf(&list[j])
				if len(lists) < 3 {
					continue
				}
				at := one.Origin
				if at.File != "" && list[j].Line > 0 {
					at.Line = list[j].Line
				}
				effect := "opens more than is written"
				if list[j].Action != "Allow" {
					effect = "applies to more than is written"
				}
				p.report(one.Ref(), at, fmt.Sprintf("spec.%s[%d] combines %s lists (%s). Calico checks only the first two and takes %s as matched, so the rule %s. Write one rule for each entry of that list",
					directionWord(netpol.Direction(d)), j, [...]string{3: "three", 4: "four"}[len(lists)], strings.Join(lists, ", "), strings.Join(lists[2:], " and "), effect))
			}
		}
	}
}

// mostPorts is how many ports one rule of iptables can hold.
const mostPorts = 15

// listsOf names the parts of a rule that Felix renders as lists any entry of which
// is enough, in the order in which it asks them.
func listsOf(r *kube.CalicoRule) []string {
	var ports, nets []string
	for _, end := range []struct {
		name string
		is   *kube.CalicoEntity
	}{{"source", &r.Source}, {"destination", &r.Destination}} {
		named := slices.ContainsFunc(end.is.Ports, func(p kube.IntOrString) bool { return strings.ContainsFunc(p.String(), unicode.IsLetter) })
		if len(end.is.Ports) > mostPorts || named && len(end.is.Ports) > 1 {
			ports = append(ports, end.name+".ports")
		}
		if len(end.is.Nets) > 1 {
			nets = append(nets, end.name+".nets")
		}
	}
	return append(ports, nets...)
}

// unreachablePolicy reports policies before whose turn everything is decided.
func unreachablePolicy(p *pass) {
	unreached, _ := p.tierFacts()
	for _, u := range unreached {
		why := fmt.Sprintf("tier %s denies whatever it leaves undecided", u.Tier)
		if u.Tier == "" {
			why = fmt.Sprintf("%s%s comes first and decides everything", u.By.Policy, lineOf(u.By.Origin))
		}
		p.report(u.Policy.Policy, u.Policy.Origin, "the policy never decides about TCP, UDP or SCTP, because "+why+". Give it a lower order or an earlier tier, or delete it")
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
