package program

import (
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// PolicyRef is a policy as an explanation shows it.
type PolicyRef struct {
	Policy kube.Ref
	Origin kube.Origin
	Tier   string
}

// RuleRef is a rule as an explanation shows it.
type RuleRef struct {
	ID        RuleID
	Policy    kube.Ref
	Origin    kube.Origin // of the rule itself where its line is known
	Tier      string      // "Admin", "NetworkPolicy" or "Baseline"
	Direction rules.Direction
	Index     int    // position in the policy's list for that direction
	Name      string // the rule's own name, where its API has one
	Action    string // Allow, Deny or Pass
}

// PolicyRef returns a policy as an explanation shows it.
func (p *Program) PolicyRef(i int32) PolicyRef {
	one := &p.Policies[i]
	return PolicyRef{Policy: one.Ref, Origin: one.Origin, Tier: p.Tiers[one.Tier].Name}
}

// RuleRef returns a rule as an explanation shows it.
func (p *Program) RuleRef(id RuleID) RuleRef {
	r := &p.Rules[id]
	policy := &p.Policies[r.Policy]
	return RuleRef{ID: id, Policy: policy.Ref, Origin: p.Origin(r), Tier: p.Tiers[policy.Tier].Name,
		Direction: r.Direction, Index: r.Index, Name: r.Name, Action: r.Action.String()}
}

// Origin returns where a rule is written: its own line, or its policy's where
// that is not known.
func (p *Program) Origin(r *Rule) kube.Origin {
	at := p.Policies[r.Policy].Origin
	if r.Line > 0 {
		at.Line = r.Line
	}
	return at
}
