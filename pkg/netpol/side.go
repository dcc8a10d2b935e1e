package netpol

import (
	"fmt"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/rules"
)

// Explain reports whether source may open a connection to the port of destination,
// and what decides, in both directions. Two ends with several families in common
// are explained in one in which the flow is allowed, if there is one.
func (e *Engine) Explain(source, destination Endpoint, p ports.Protocol, port uint16) Explanation {
	out := Explanation{Source: source, Destination: destination,
		Egress:  Side{Direction: Egress, Reason: NoAddress},
		Ingress: Side{Direction: Ingress, Reason: NoAddress}}
	var allowed, denied []addr.Family
	for _, pl := range e.planes {
		a, b, ok := e.ends(pl, source, destination)
		if !ok {
			continue
		}
		one := out
		one.Egress = e.side(pl, Egress, a, b, p, port)
		one.Ingress = e.side(pl, Ingress, b, a, p, port)
		one.Allowed = one.Egress.Allowed && one.Ingress.Allowed
		if one.Allowed {
			allowed = append(allowed, pl.family)
		} else {
			denied = append(denied, pl.family)
		}
		if len(allowed)+len(denied) == 1 || one.Allowed && len(allowed) == 1 {
			out = one
		}
	}
	if len(allowed) == 1 && len(denied) == 1 {
		out.Notes = append(out.Notes, fmt.Sprintf("allowed over %s, denied over %s", allowed[0], denied[0]))
	}
	out.Notes = append(out.Notes, e.notes(source, destination)...)
	return out
}

// ends places both ends in a plane. Two pods need an address of the family each.
func (e *Engine) ends(p *plane, source, destination Endpoint) (a, b end, ok bool) {
	a, okA := e.endIn(p, source)
	b, okB := e.endIn(p, destination)
	if !okA || !okB {
		return a, b, false
	}
	absent := func(x end) bool { return x.class && p.classes[x.entity].absent }
	if absent(a) && b.pod >= 0 || absent(b) && a.pod >= 0 {
		return a, b, false
	}
	return a, b, true
}

func (e *Engine) notes(ends ...Endpoint) []string {
	var out []string
	for i, x := range ends {
		other := ends[1-i]
		switch {
		case x.svc != nil:
			out = append(out, fmt.Sprintf("%s is the virtual address of %s; policies see the pods behind it", x, x.svc.Ref()))
		case x.pod < 0:
		case e.c.pods[x.pod].standing == ended:
			out = append(out, fmt.Sprintf("%s has ended and has no address", x))
		case other.pod < 0 && !e.c.pods[x.pod].in(addr.Of(other.addr)):
			out = append(out, fmt.Sprintf("%s has no %s address; this is what its policies would say", x, addr.Of(other.addr)))
		}
	}
	return out
}

// always returns the reason for what no policy can change.
func (e *Engine) always(d Direction, self, other end) (Reason, bool) {
	from, to := self, other
	if d == Ingress {
		from, to = other, self
	}
	node := from.node >= 0 && from.node == to.node
	switch {
	case self.pod >= 0 && self.pod == other.pod:
		return Itself, true
	case node && from.host && !to.external:
		return OwnNode, true
	case node && to.host && !from.external && e.cni == Generic:
		return OwnNode, true
	case self.pod < 0:
		return Outside, true
	case self.host:
		return HostNetwork, true
	}
	return 0, false
}

// side walks the policies that select self down, rule by rule.
func (e *Engine) side(p *plane, d Direction, self, other end, proto ports.Protocol, port uint16) Side {
	out := Side{Direction: d}
	if reason, ok := e.always(d, self, other); ok {
		out.Reason, out.Allowed = reason, true
		return out
	}
	profile := p.profiles[d][p.profileOf[d][self.entity]]
	policies := profile.policies
	for _, i := range policies {
		out.Policies = append(out.Policies, e.policyRef(i))
	}
	out.Reason = NotIsolated
	names := e.namesAt(p, d, self, other)
	for at := 0; at < len(policies); {
		tier, end := e.tierEnd(policies, at)
		hits := e.matching(p, d, policies[at:end], profile.local, other, func(s *spec) bool {
			return s.resolve(names).Contains(proto, port)
		})
		at = end
		switch {
		case len(hits) == 0 && e.prog.tiers[tier].Default == rules.Deny:
			out.Reason = Isolated
			return out
		case len(hits) == 0:
		case hits[0].action == rules.Pass:
			out.Passed = append(out.Passed, e.ruleRef(hits[0].id))
		default:
			out.Reason = ByRule
			if hits[0].action == rules.Deny {
				out.Reason = DeniedByRule
			}
			out.Allowed = out.Reason == ByRule
			out.Rules = e.deciding(tier, hits)
			return out
		}
	}
	out.Allowed = true
	return out
}

// namesAt returns the port names of the end that is connected to.
func (e *Engine) namesAt(p *plane, d Direction, self, other end) portNames {
	to := other
	if d == Ingress {
		to = self
	}
	if !to.class {
		return nil
	}
	return e.names[p.classes[to.entity].names]
}

func (e *Engine) tierEnd(policies []int32, at int) (tier int32, end int) {
	tier = e.prog.policies[policies[at]].tier
	for end = at; end < len(policies) && e.prog.policies[policies[end]].tier == tier; end++ {
	}
	return tier, end
}

// hit is a rule that matches, with what it does: its action, or Deny where it
// cannot be known whether it matches.
type hit struct {
	id     RuleID
	action rules.Action
}

// matching returns the rules that match, in the order of evaluation.
func (e *Engine) matching(p *plane, d Direction, policies []int32, local map[RuleID]reach, other end, takes func(*spec) bool) []hit {
	var out []hit
	for _, i := range policies {
		r := e.prog.policies[i].rules[d]
		for id := r[0]; id < r[1]; id++ {
			one, set := &e.prog.rules[id], p.rule(id, local)
			port := takes(&e.prog.specs[one.spec])
			switch {
			case one.Action != rules.Allow && set.opaque,
				one.Action != rules.Allow && port && set.maybe.Contains(other.entity):
				out = append(out, hit{id, rules.Deny})
			case port && set.yes.Contains(other.entity):
				out = append(out, hit{id, one.Action})
			}
		}
	}
	return out
}

// deciding returns the first rule of an ordered tier; all of them in a tier
// where order is without effect.
func (e *Engine) deciding(tier int32, hits []hit) []RuleRef {
	if e.prog.tiers[tier].Ordered {
		hits = hits[:1]
	}
	out := make([]RuleRef, len(hits))
	for i, h := range hits {
		out[i] = e.ruleRef(h.id)
	}
	return out
}

func (e *Engine) policyRef(i int32) PolicyRef {
	p := &e.prog.policies[i]
	return PolicyRef{Policy: p.Ref, Origin: p.Origin, Tier: e.prog.tiers[p.tier].Name}
}

func (e *Engine) ruleRef(id RuleID) RuleRef {
	r := &e.prog.rules[id]
	p := &e.prog.policies[r.policy]
	at := p.Origin
	if r.Line > 0 {
		at.Line = r.Line
	}
	return RuleRef{ID: id, Policy: p.Ref, Origin: at, Tier: e.prog.tiers[p.tier].Name,
		Direction: r.dir, Index: int(r.index), Name: r.Name, Action: r.Action.String()}
}

// Connections returns every port that source may open a connection to at
// destination.
func (e *Engine) Connections(source, destination Endpoint) ports.Set {
	out := ports.Set{}
	for _, p := range e.planes {
		a, b, ok := e.ends(p, source, destination)
		if !ok {
			continue
		}
		out = out.Union(e.portsOf(p, Egress, a, b).Intersect(e.portsOf(p, Ingress, b, a)))
	}
	return out
}

func (e *Engine) portsOf(p *plane, d Direction, self, other end) ports.Set {
	if _, ok := e.always(d, self, other); ok {
		return ports.All()
	}
	return e.pool.sets[p.profiles[d][p.profileOf[d][self.entity]].at(other.entity)]
}
