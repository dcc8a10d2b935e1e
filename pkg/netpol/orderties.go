package netpol

import (
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/rules"
)

// OrderTie is two policies of one tier and order between which only their names
// decide, and differently.
type OrderTie struct {
	First, Second PolicyRef // as their names sort
	Direction     Direction
}

// OrderTies returns the ties of Calico's tiers on which an answer depends: both
// policies select a pod in common, and rules of different actions match the same
// traffic. At most a few of many are looked for.
func (e *Engine) OrderTies() []OrderTie {
	var out []OrderTie
	ps := e.prog.policies
	for i := range ps {
		if !e.prog.tiers[ps[i].tier].ByName {
			continue
		}
		found := 0
		for j := i + 1; j < len(ps) && found < maxTies && ps[j].tier == ps[i].tier && ps[j].Priority == ps[i].Priority; j++ {
			for d := range ps[i].Applies {
				if ps[i].Applies[d] && ps[j].Applies[d] && e.overlap(&ps[i], &ps[j]) && e.contradict(int32(i), int32(j), rules.Direction(d)) {
					out = append(out, OrderTie{e.policyRef(int32(i)), e.policyRef(int32(j)), rules.Direction(d)})
					found++
				}
			}
		}
	}
	return out
}

// contradict reports whether a rule of each policy, of different actions, match the
// same peer and port.
func (e *Engine) contradict(a, b int32, d Direction) bool {
	x, y := e.prog.policies[a].rules[d], e.prog.policies[b].rules[d]
	for i := x[0]; i < x[1]; i++ {
		for j := y[0]; j < y[1]; j++ {
			if e.prog.rules[i].Action == e.prog.rules[j].Action {
				continue
			}
			meet := slices.ContainsFunc(e.planes, func(p *plane) bool {
				return p.sets.byRule[i].possible().Meets(p.sets.byRule[j].possible())
			})
			if meet && e.samePorts(i, j) {
				return true
			}
		}
	}
	return false
}

// samePorts reports whether two rules can match the same port; one by name can be
// any.
func (e *Engine) samePorts(i, j RuleID) bool {
	a, b := &e.prog.specs[e.prog.rules[i].spec], &e.prog.specs[e.prog.rules[j].spec]
	return a.named() || b.named() || !a.set.Intersect(b.set).Empty()
}
