package explain

import (
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/program"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/verdict"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// Reason is why one side of a flow is allowed or denied.
type Reason uint8

// The reasons. Those before DeniedByRule allow, it and the later ones deny.
const (
	NotIsolated  Reason = iota // no policy decides: the pod is open in this direction
	ByRule                     // Side.Rules allow it
	Itself                     // a pod always reaches itself
	OwnNode                    // a node always reaches its own pods (kubelet probes)
	HostNetwork                // no policy applies to a pod on the host network
	Outside                    // the end is an address; no policy applies there
	DeniedByRule               // Side.Rules deny it
	Isolated                   // Side.Policies select the pod and none of their rules matches
	NoAddress                  // the pod has ended, or the ends share no address family
)

// String returns the reason in a few words.
func (r Reason) String() string {
	return [...]string{
		"no policy applies", "allowed by rule", "a pod always reaches itself",
		"a node always reaches its own pods", "policies do not apply to the host network",
		"outside the cluster", "denied by rule", "isolated, and no rule matches", "no address",
	}[r]
}

// Side is one direction of an explanation.
type Side struct {
	Direction rules.Direction
	Allowed   bool
	Reason    Reason
	Rules     []program.RuleRef   // the rules that decide, for ByRule and DeniedByRule
	Passed    []program.RuleRef   // rules of earlier tiers that passed the flow on
	Policies  []program.PolicyRef // every policy with a say for the pod in this direction
}

// alwaysAllowed returns the reason for what no policy can change.
func alwaysAllowed(m *verdict.Model, d rules.Direction, self, other end) (Reason, bool) {
	from, to := self.place, other.place
	if d == rules.Ingress {
		from, to = to, from
	}
	switch {
	case self.pod >= 0 && self.pod == other.pod:
		return Itself, true
	case m.OwnNode(from, to):
		return OwnNode, true
	case self.pod < 0:
		return Outside, true
	case self.place.Host:
		return HostNetwork, true
	}
	return 0, false
}

// decideSide walks the policies that select self down, rule by rule.
func decideSide(m *verdict.Model, v *verdict.View, d rules.Direction, self, other end, proto ports.Protocol, port uint16) Side {
	out := Side{Direction: d, Reason: NotIsolated}
	if reason, ok := alwaysAllowed(m, d, self, other); ok {
		out.Reason, out.Allowed = reason, true
		return out
	}
	w := newRuleWalk(m.Program, v, d, self.entity, other.entity)
	policies := w.profile.Policies
	out.Policies = w.profile.PolicyRefs(m.Program)
	for at := 0; at < len(policies); {
		tier, end := m.Program.TierEnd(policies, at)
		hits := w.hits(policies[at:end], func(s ports.Set) bool { return s.Contains(proto, port) })
		at = end
		switch {
		case len(hits) == 0 && m.Program.Tiers[tier].Default == rules.Deny:
			out.Reason = Isolated
			return out
		case len(hits) == 0:
		case hits[0].action == rules.Pass:
			out.Passed = append(out.Passed, m.Program.RuleRef(hits[0].id))
		default:
			out.Reason = ByRule
			if hits[0].action == rules.Deny {
				out.Reason = DeniedByRule
			}
			out.Allowed = out.Reason == ByRule
			out.Rules = deciding(m.Program, tier, hits)
			return out
		}
	}
	out.Allowed = true
	return out
}

// ruleWalk walks the rules of the policies that select one entity, for what it
// exchanges with another.
type ruleWalk struct {
	prog    *program.Program
	view    *verdict.View
	dir     rules.Direction
	profile *verdict.Profile
	other   int
	names   program.PortNames // of the destination
}

func newRuleWalk(prog *program.Program, v *verdict.View, d rules.Direction, self, other int) *ruleWalk {
	destination := other
	if d == rules.Ingress {
		destination = self
	}
	return &ruleWalk{prog: prog, view: v, dir: d, profile: v.Profile(self, d), other: other, names: v.PortNames(destination)}
}

// ports returns the ports that a rule means.
func (w *ruleWalk) ports(id program.RuleID) ports.Set {
	return w.prog.Specs[w.prog.Rules[id].Spec].Resolve(w.names)
}

// hit is a rule that matches, with what it does: its action, or Deny where it
// cannot be known whether it matches.
type hit struct {
	id     program.RuleID
	action rules.Action
}

// hits returns the rules that match, in the order of evaluation. wanted reports
// whether a rule for these ports is looked for.
func (w *ruleWalk) hits(policies []int32, wanted func(ports.Set) bool) []hit {
	var out []hit
	for _, i := range policies {
		span := w.prog.Policies[i].Span[w.dir]
		for id := span[0]; id < span[1]; id++ {
			one, set := &w.prog.Rules[id], w.view.Matched(id, w.profile.Local)
			port := wanted(w.ports(id))
			switch {
			case one.Action != rules.Allow && set.Opaque,
				one.Action != rules.Allow && port && set.Maybe.Contains(w.other):
				out = append(out, hit{id, rules.Deny})
			case port && set.Yes.Contains(w.other):
				out = append(out, hit{id, one.Action})
			}
		}
	}
	return out
}

// deciding returns the first rule of an ordered tier; all of them in a tier
// where order is without effect.
func deciding(prog *program.Program, tier int32, hits []hit) []program.RuleRef {
	if prog.Tiers[tier].Ordered {
		hits = hits[:1]
	}
	out := make([]program.RuleRef, len(hits))
	for i, h := range hits {
		out[i] = prog.RuleRef(h.id)
	}
	return out
}
