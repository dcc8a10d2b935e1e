package netpol

import (
	"fmt"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/rules"
)

// findGaps lists what had to be decided on the safe side.
func (e *Engine) findGaps() {
	for i := range e.prog.rules {
		r := &e.prog.rules[i]
		if !e.prog.policies[r.policy].Applies[r.dir] {
			continue
		}
		for j := range r.peers {
			if q := &r.peers[j]; q.Unknown != "" {
				e.gap(r, fmt.Sprintf("%s: %s", q.Path, q.Unknown))
			}
		}
		if r.Unsure != "" {
			e.gap(r, fmt.Sprintf("%s.%s; %s", r.Path, r.Unsure, safely(r.Action)))
			continue
		}
		e.addressGap(RuleID(i))
		e.localGap(RuleID(i))
	}
	e.namespaceGaps()
	e.accountGaps()
	e.tieGaps()
}

func (e *Engine) gap(r *rule, message string) {
	p := &e.prog.policies[r.policy]
	at := p.Origin
	if r.Line > 0 {
		at.Line = r.Line
	}
	one := Gap{Ref: p.Ref, Origin: at, Message: message}
	if n := len(e.gaps); n == 0 || e.gaps[n-1] != one { // one rule may stand here in parts
		e.gaps = append(e.gaps, one)
	}
}

// addressGap reports a rule whose blocks may or may not cover pods.
func (e *Engine) addressGap(id RuleID) {
	r := &e.prog.rules[id]
	for _, p := range e.planes {
		if n := p.sets.byRule[id].maybe.Len(); n > 0 {
			e.gap(r, fmt.Sprintf("%s: may cover pods whose %s address is not known; they count as denied", r.Path, p.family))
			return
		}
	}
}

// localGap reports a rule that may or may not be for some of the pods selected.
func (e *Engine) localGap(id RuleID) {
	r := &e.prog.rules[id]
	if len(r.local) == 0 {
		return
	}
	for _, p := range e.planes {
		if p.sets.local[id].maybe.And(p.sets.bySelector[e.prog.policies[r.policy].subject]).Empty() {
			continue
		}
		e.gap(r, fmt.Sprintf("%s: whether the rule is for pods whose %s address is not known cannot be said; %s", r.local[0].Path, p.family, safely(r.Action)))
		return
	}
}

// namespaceGaps reports namespaces with pods but without an object, where a
// policy asks for labels that only the object could tell.
func (e *Engine) namespaceGaps() {
	asked := false
	for _, s := range e.prog.selectors {
		s.Walk(func(s *rules.Selector) {
			asked = asked || s.Op.Leaf() && s.Scope == rules.NamespaceLabels && s.Key != rules.NamespaceName
		})
	}
	if !asked {
		return
	}
	for i := range e.c.namespaces {
		n := &e.c.namespaces[i]
		if !n.given && len(n.pods) > 0 {
			e.gaps = append(e.gaps, Gap{Ref: namespaceRef(n.name),
				Message: "the Namespace object is missing, so its labels are not known; only its name counts"})
		}
	}
}

// safely says what becomes of a rule of which it is not known whether it matches.
func safely(a rules.Action) string {
	if a == rules.Allow {
		return "the rule counts as not matching"
	}
	return "the rule counts as denying"
}

// accountGaps reports service accounts of pods without an object, where a policy
// asks for labels that only the object could tell.
func (e *Engine) accountGaps() {
	asked := false
	for _, s := range e.prog.selectors {
		s.Walk(func(s *rules.Selector) {
			asked = asked || s.Op.Leaf() && s.Scope == rules.AccountLabels && s.Key != rules.AccountName && s.Key != rules.AccountShortName
		})
	}
	if !asked {
		return
	}
	told := make(map[accountName]bool)
	for i := range e.c.pods {
		key := accountOf(&e.objects.Pods[i])
		if e.c.pods[i].standing != onPodNetwork || told[key] || e.c.account(&e.objects.Pods[i]).given {
			continue
		}
		told[key] = true
		e.gaps = append(e.gaps, Gap{Ref: kube.Ref{Kind: "ServiceAccount", Namespace: key.namespace, Name: key.name},
			Message: "the ServiceAccount object is missing, so its labels are not known; only its name counts"})
	}
}
