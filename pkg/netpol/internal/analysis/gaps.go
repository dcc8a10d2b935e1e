package analysis

import (
	"fmt"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/inventory"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/program"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/verdict"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// AppendGaps appends what had to be decided on the safe side to the gaps that are
// known already.
func AppendGaps(known []rules.Gap, m *verdict.Model) []rules.Gap {
	g := &gaps{m: m, prog: m.Program, list: known}
	for i := range g.prog.Rules {
		r := &g.prog.Rules[i]
		if !g.prog.Policies[r.Policy].Applies[r.Direction] {
			continue
		}
		for j := range r.Peers {
			if q := &r.Peers[j]; q.Unknown != "" {
				g.add(r, fmt.Sprintf("%s: %s", q.Path, q.Unknown))
			}
		}
		if r.Unsure != "" {
			g.add(r, fmt.Sprintf("%s.%s; %s", r.Path, r.Unsure, safeOutcome(r.Action)))
			continue
		}
		g.checkAddresses(program.RuleID(i))
		g.checkLocal(program.RuleID(i))
	}
	g.findNamespaces()
	g.findAccounts()
	g.findTies()
	return g.list
}

// gaps gathers the gaps of a model.
type gaps struct {
	m    *verdict.Model
	prog *program.Program
	list []rules.Gap
}

func (g *gaps) add(r *program.Rule, message string) {
	one := rules.Gap{Ref: g.prog.Policies[r.Policy].Ref, Origin: g.prog.Origin(r), Message: message}
	if n := len(g.list); n == 0 || g.list[n-1] != one { // one rule may be here in parts
		g.list = append(g.list, one)
	}
}

// checkAddresses reports a rule whose blocks may or may not cover pods.
func (g *gaps) checkAddresses(id program.RuleID) {
	r := &g.prog.Rules[id]
	for _, v := range g.m.Views {
		if n := v.ByRule[id].Maybe.Len(); n > 0 {
			g.add(r, fmt.Sprintf("%s: may cover pods whose %s address is not known; they count as denied", r.Path, v.Family))
			return
		}
	}
}

// checkLocal reports a rule that may or may not be for some of the pods selected.
func (g *gaps) checkLocal(id program.RuleID) {
	r := &g.prog.Rules[id]
	if len(r.Local) == 0 {
		return
	}
	for _, v := range g.m.Views {
		if v.Local[id].Maybe.And(v.BySelector[g.prog.Policies[r.Policy].SubjectID]).Empty() {
			continue
		}
		g.add(r, fmt.Sprintf("%s: whether the rule is for pods whose %s address is not known cannot be said; %s",
			r.Local[0].Path, v.Family, safeOutcome(r.Action)))
		return
	}
}

// findNamespaces reports namespaces with pods but without an object, where a
// policy asks for labels that only the object has.
func (g *gaps) findNamespaces() {
	asked := false
	for _, s := range g.prog.Selectors {
		s.Walk(func(s *rules.Selector) {
			asked = asked || s.Op.Leaf() && s.Scope == rules.NamespaceLabels && s.Key != rules.NamespaceName
		})
	}
	if !asked {
		return
	}
	for i := range g.m.Inventory.Namespaces {
		n := &g.m.Inventory.Namespaces[i]
		if !n.Given && len(n.Pods) > 0 {
			g.list = append(g.list, rules.Gap{Ref: kube.Ref{Kind: "Namespace", Name: n.Name},
				Message: "the Namespace object is missing, so its labels are not known; only its name counts"})
		}
	}
}

// safeOutcome describes what becomes of a rule of which it is not known whether
// it matches.
func safeOutcome(a rules.Action) string {
	if a == rules.Allow {
		return "the rule counts as not matching"
	}
	return "the rule counts as denying"
}

// findAccounts reports service accounts of pods without an object, where a policy
// asks for labels that only the object has.
func (g *gaps) findAccounts() {
	asked := false
	for _, s := range g.prog.Selectors {
		s.Walk(func(s *rules.Selector) {
			asked = asked || s.Op.Leaf() && s.Scope == rules.AccountLabels && s.Key != rules.AccountName && s.Key != rules.AccountShortName
		})
	}
	if !asked {
		return
	}
	seen := make(map[inventory.AccountName]bool)
	for i := range g.m.Inventory.Pods {
		pod := &g.m.Inventory.Objects.Pods[i]
		key := inventory.AccountOf(pod)
		if g.m.Inventory.Pods[i].Network != inventory.OnPodNetwork || seen[key] || g.m.Inventory.Account(pod).Given {
			continue
		}
		seen[key] = true
		g.list = append(g.list, rules.Gap{Ref: kube.Ref{Kind: "ServiceAccount", Namespace: key.Namespace, Name: key.Name},
			Message: "the ServiceAccount object is missing, so its labels are not known; only its name counts"})
	}
}

// findTies reports ties that could matter: both policies act, and differently.
func (g *gaps) findTies() {
	eachTie(g.m, func(i, j int, d rules.Direction) {
		a, b := &g.prog.Policies[i], &g.prog.Policies[j]
		if len(a.Rules[d]) == 0 {
			return // decides nothing
		}
		first := a.Rules[d][0].Action
		for _, list := range [][]rules.Rule{a.Rules[d], b.Rules[d]} {
			for i := range list {
				if list[i].Action != first {
					g.list = append(g.list, rules.Gap{Ref: b.Ref, Origin: b.Origin, Undefined: true, Message: fmt.Sprintf(
						"same tier and priority as %s, and pods in common: which of them decides on %s is undefined; here it is the first by name",
						a.Ref, d)})
					return
				}
			}
		}
	})
}
