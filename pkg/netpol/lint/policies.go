package lint

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/enforce"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
)

// notEnforced reports that policies are there, and nothing heeds them.
func notEnforced(p *pass) {
	n := len(p.policies)
	if p.Enforcement.Verdict != enforce.NotEnforced || n == 0 {
		return
	}
	name := ""
	if c := p.Input.Cluster; c != nil {
		name = c.Server
	}
	p.report(kube.Ref{Kind: "Cluster", Name: name}, kube.Origin{},
		fmt.Sprintf("nothing enforces the %s of this cluster: every pod can reach every other", count(n, "policy", "policies")))
}

// selectsNothing reports policies that apply to nobody, most often because of a
// misspelt label. One for every pod of a namespace is for pods to come.
func selectsNothing(p *pass) {
	for i := range p.policies {
		info := &p.policies[i]
		policy := p.sources[info.Ref]
		ns := info.Ref.Namespace
		if len(info.Pods) > 0 || ns != "" && !p.knowsPods(ns) || ns == "" && (len(p.objects.Pods) == 0 || p.podsUnread("")) {
			continue
		}
		if policy == nil {
			p.report(info.Ref, info.Origin, "the policy selects no pod, so it has no effect")
			continue
		}
		if s := &policy.Spec.PodSelector; !isEmpty(s) && !slices.ContainsFunc(p.podsOf[ns], func(i int) bool { return selects(s, p.objects.Pods[i].Meta.Labels) }) {
			p.report(info.Ref, info.Origin, fmt.Sprintf("no pod of namespace %s matches the podSelector %s, so the policy has no effect%s",
				ns, selectorText(s), p.meantLabel(s, p.podsOf[ns])))
		}
	}
}

// podsUnread reports whether pods of a namespace could not be read.
func (p *pass) podsUnread(namespace string) bool {
	return slices.ContainsFunc(p.Input.Unreadable, func(u load.Unreadable) bool {
		return u.Resource == "pods" && (u.Namespace == "" || namespace == "" || u.Namespace == namespace)
	})
}

// peerMatchesNothing reports peers without a pod among the rules that apply.
// Namespaces that are not among the objects are unknown, not empty.
func peerMatchesNothing(p *pass) {
	if len(p.objects.Pods) == 0 || p.podsUnread("") {
		return
	}
	p.eachRule(func(info *netpol.PolicyInfo, r *netpol.RuleInfo) {
		for i := range r.Peers {
			if peer := &r.Peers[i]; len(peer.Pods) == 0 && !peer.Outside && !peer.Block && !p.typoPeers[info.Ref.String()+" "+peer.Path] {
				p.reportPeer(info, r, i)
			}
		}
	})
}

func (p *pass) reportPeer(info *netpol.PolicyInfo, r *netpol.RuleInfo, i int) {
	path := r.Peers[i].Path
	q := p.writtenPeer(info, r, i)
	if q == nil {
		p.report(info.Ref, r.Ref.Origin, path+" matches no pod")
		return
	}
	where, candidates := "in namespace "+info.Ref.Namespace, p.podsOf[info.Ref.Namespace]
	if q.NamespaceSelector != nil {
		where, candidates = "in any namespace", p.podsIn(q.NamespaceSelector)
		if !isEmpty(q.NamespaceSelector) {
			where = "in a namespace with " + selectorText(q.NamespaceSelector)
		}
	}
	text, meant := "there is no pod "+where, ""
	if q.PodSelector != nil && !isEmpty(q.PodSelector) {
		text = fmt.Sprintf("no pod %s has the labels %s", where, selectorText(q.PodSelector))
		meant = p.meantLabel(q.PodSelector, candidates)
	}
	if meant != "" || !p.isElsewhere(info, r, i) {
		p.report(info.Ref, r.Ref.Origin, path+" matches nothing: "+text+meant)
	}
}

// writtenPeer returns a peer of a NetworkPolicy as it is written; nil for another
// kind of policy.
func (p *pass) writtenPeer(info *netpol.PolicyInfo, r *netpol.RuleInfo, i int) *kube.NetworkPolicyPeer {
	policy := p.sources[info.Ref]
	if policy == nil {
		return nil
	}
	for w := range policyRules(policy) {
		if w.direction == r.Ref.Direction && w.index == r.Ref.Index && i < len(w.peers) {
			return &w.peers[i]
		}
	}
	return nil
}

// podsIn returns the pods of the namespaces that a selector matches.
func (p *pass) podsIn(s *kube.LabelSelector) []int {
	labels := make(map[string]map[string]string)
	for i := range p.objects.Namespaces {
		labels[p.objects.Namespaces[i].Meta.Name] = p.objects.Namespaces[i].Meta.Labels
	}
	var out []int
	for _, name := range sortedKeys(p.podsOf) {
		all := map[string]string{nameLabel: name}
		for k, v := range labels[name] {
			all[k] = v
		}
		if selects(s, all) {
			out = append(out, p.podsOf[name]...)
		}
	}
	return out
}

// isElsewhere reports whether a peer may stand for pods that are not among the
// objects: manifests need not hold the namespaces that they name.
func (p *pass) isElsewhere(info *netpol.PolicyInfo, r *netpol.RuleInfo, i int) bool {
	if p.Input.Cluster != nil {
		return p.podsUnread("")
	}
	q := p.writtenPeer(info, r, i)
	if q == nil {
		return true
	}
	if q.NamespaceSelector == nil {
		return !p.knowsPods(info.Ref.Namespace)
	}
	names := []string{q.NamespaceSelector.MatchLabels[nameLabel]}
	for _, e := range q.NamespaceSelector.MatchExpressions {
		if e.Key == nameLabel && e.Operator == "In" {
			names = append(names, e.Values...)
		}
	}
	names = slices.DeleteFunc(names, func(name string) bool { return name == "" })
	return len(names) == 0 || slices.ContainsFunc(names, func(name string) bool { return !p.knowsPods(name) })
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

// namedPortMissing reports ports by a name that nothing has: names are looked up at
// each destination pod.
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
				p.report(info.Ref, r.Ref.Origin, fmt.Sprintf("%s: no %s has a port named %q, so this entry allows nothing", port.Path, who, port.Name))
			}
		}
	})
}

// allowAll reports rules that make all others of their direction pointless.
func allowAll(p *pass) {
	p.eachRule(func(info *netpol.PolicyInfo, r *netpol.RuleInfo) {
		own := info.Ref.Kind == "NetworkPolicy" || p.calico[info.Ref] != nil
		if own && r.Whole && r.Ref.Action == "Allow" && len(info.Pods) > 0 {
			p.report(info.Ref, r.Ref.Origin, fmt.Sprintf("%s allows %s %s anywhere on every port, for %s",
				r.Path, directionWord(r.Ref.Direction), fromTo(r.Ref.Direction), p.podNames(info.Pods)))
		}
	})
}

// equalPriority reports policies between which the APIs leave undefined who wins.
func equalPriority(p *pass) {
	for i := range p.policies {
		info := &p.policies[i]
		for _, other := range info.Ties {
			if info.Ref.Name < other.Name || info.Ref.Name == other.Name && info.Ref.Kind < other.Kind {
				p.report(info.Ref, info.Origin, fmt.Sprintf(
					"%s has priority %v too and selects some of the same pods; which of the two wins is undefined. Give them different priorities", other, info.Priority))
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
		if len(r.By) == 0 || r.Shadowed != shadowed || !shadowed && p.meansMore(r.Rule, false) {
			continue
		}
		by := ruleName(r.By[0], r.Rule) + lineOf(r.By[0].Origin)
		does := verb(r.Rule.Action)
		if n := len(r.By) - 1; n > 0 {
			by += " and " + count(n, "more", "more")
			does = map[string]string{"denies": "deny", "passes on": "pass on", "allows": "allow"}[does]
		}
		at := fmt.Sprintf("spec.%s[%d]", directionWord(r.Rule.Direction), r.Rule.Index)
		if shadowed {
			p.report(r.Rule.Policy, r.Rule.Origin, fmt.Sprintf("%s never takes effect: %s comes first and decides otherwise", at, by))
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
		f := p.report(r.Rule.Policy, r.Rule.Origin, fmt.Sprintf("%s changes nothing: %s %s the same already", at, by, does))
		if !p.meansMore(r.Rule, true) {
			f.offer(fix)
		}
	}
}

// meansMore reports whether a rule names pods or ports that are not among the
// objects, so that it may not be superfluous where they are: peers of which none is
// here, or, with also, those that may be here and elsewhere.
func (p *pass) meansMore(ref netpol.RuleRef, also bool) bool {
	info := p.infoOf(ref.Policy)
	if info == nil {
		return false
	}
	at := slices.IndexFunc(info.Rules, func(r netpol.RuleInfo) bool { return r.Ref.ID == ref.ID })
	if at < 0 {
		return false
	}
	r := &info.Rules[at]
	for i := range r.Peers {
		if (also || len(r.Peers[i].Pods) == 0) && !r.Peers[i].Block && info.Ref.Kind == "NetworkPolicy" && p.isElsewhere(info, r, i) {
			return true
		}
	}
	return slices.ContainsFunc(r.Ports, func(e netpol.PortInfo) bool { return e.Name != "" && e.Found == 0 })
}

func remove[T any](list *[]T, at int) bool {
	if at >= len(*list) {
		return false
	}
	*list = slices.Delete(*list, at, at+1)
	return true
}

// oneSidedAllow reports rules whose peers are kept from connecting by policies on
// their own side: the usual mistake where both directions are denied by default.
func oneSidedAllow(p *pass) {
	if p.Engine == nil {
		return
	}
	for o := range p.Engine.OneSided() {
		if p.isServicePort(o.Rule, anyEntry) {
			continue // the port is wrong, and reported
		}
		from, to := p.Engine.PodAt(o.Source), p.Engine.PodAt(o.Destination)
		answer := p.Engine.Explain(from, to, o.Protocol, o.Port)
		peers, selected := p.endsOf(&o)
		side, closed := &answer.Egress, "the egress of "+peers
		lets := fmt.Sprintf("lets %s in to %s", peers, selected)
		if o.Rule.Direction == netpol.Egress {
			side, closed = &answer.Ingress, "the ingress of "+peers
			lets = fmt.Sprintf("lets %s out to %s", selected, peers)
		}
		var why string
		switch {
		case side.Allowed || p.hasServicePort(side.Policies, o.Port):
			continue // the two share no address family, or the port there is wrong, and reported
		case len(side.Rules) > 0:
			why = fmt.Sprintf("%s%s denies it", ruleName(side.Rules[0], netpol.RuleRef{}), lineOf(side.Rules[0].Origin))
		case len(side.Policies) > 0:
			why = fmt.Sprintf("%s%s isolates them, and no rule allows it", side.Policies[0].Policy, lineOf(side.Policies[0].Origin))
		default:
			continue
		}
		f := p.report(o.Rule.Policy, o.Rule.Origin, fmt.Sprintf("%s %s, but %s is closed to that: %s. Allow %s port %d there",
			o.Path, lets, closed, why, o.Protocol, o.Port))
		f.claim(from, to, o.Protocol, o.Port, false)
	}
}

// endsOf names the pods of the peer of a one-sided rule, and those that its policy
// selects.
func (p *pass) endsOf(o *netpol.OneSided) (peers, selected string) {
	info := p.infoOf(o.Rule.Policy)
	for i := range info.Rules {
		for j := range info.Rules[i].Peers {
			if peer := &info.Rules[i].Peers[j]; info.Rules[i].Ref.ID == o.Rule.ID && peer.Path == o.Path {
				peers = p.podNames(peer.Pods)
			}
		}
	}
	return peers, p.podNames(info.Pods)
}

// duplicatePolicy reports policies of one namespace that say the same.
func duplicatePolicy(p *pass) {
	type content struct {
		namespace string
		spec      [sha256.Size]byte
	}
	first := make(map[content]*kube.NetworkPolicy)
	for i := range p.objects.NetworkPolicies {
		policy := &p.objects.NetworkPolicies[i]
		spec := policy.Spec
		if len(spec.PolicyTypes) == 0 {
			spec.PolicyTypes = []string{"Ingress"}
			if len(spec.Egress) > 0 {
				spec.PolicyTypes = append(spec.PolicyTypes, "Egress")
			}
		}
		data, err := json.Marshal(spec)
		if err != nil {
			continue
		}
		key := content{policy.Meta.Namespace, sha256.Sum256(data)}
		if other := first[key]; other != nil {
			p.report(policy.Ref(), policy.Origin, fmt.Sprintf("%s%s says exactly the same: delete one of the two", other.Ref(), lineOf(other.Origin)))
			continue
		}
		first[key] = policy
	}
}
