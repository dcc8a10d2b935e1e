package page

import (
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// reasons is why flows are as they are. Who is selected by the same policies is
// treated alike by them, so a row for each such profile is enough.
type reasons struct {
	Families []family `json:"families"` // empty: nothing is explained
	Policies [][]any  `json:"policies"` // [kind, namespace, name, tier, at]
	Rules    [][]any  `json:"rules"`    // [policy, number from 1, name, action, at]
	Traces   []trace  `json:"traces"`   // the first is "not known"

	policies map[inTier]int
	rules    map[netpol.RuleID]int
	size     int // of rows and traces, in bytes or nearly so
	traces   map[*netpol.Trace]int
}

// inTier is a policy, which is in one tier.
type inTier struct {
	ref  kube.Ref
	tier string
}

// family is one address family's view.
type family struct {
	Name    string   `json:"name"`
	Egress  profiles `json:"egress"`
	Ingress profiles `json:"ingress"`
}

// profiles is the policies with a say for each peer, and a row of traces over
// the peers at the other end.
type profiles struct {
	Policies [][]int  `json:"policies"` // by profile
	Rows     []string `json:"rows"`     // by profile
	Of       []int    `json:"of"`       // by peer: its profile; -1 not known
}

// trace is one direction: the reason where no policy has a say, else the rules
// that match as [rule, ports, action], whether the rest is denied, and the ports
// that no policy decides.
type trace struct {
	Reason string   `json:"r,omitempty"`
	Steps  [][3]any `json:"s,omitempty"`
	Denied bool     `json:"d,omitempty"`
	Open   int      `json:"o,omitempty"`
}

// mostParts is how many ways a range's parts come about are told apart.
const mostParts = 6

// traceSize and stepSize are about what a trace and a rule in it take as JSON.
const (
	traceSize = 12
	stepSize  = 16
)

// addReasons adds the reasons, and the lists of ranges that go with them.
func (p *pageData) addReasons(t *netpol.Tracer, units []int) {
	p.clearReasons()
	known := p.affordable(t, units)
	for f, name := range t.Families() {
		if known = known && p.size <= mostTraces; known {
			p.Families = append(p.Families, family{name, p.newProfiles(t, f, netpol.Egress, units), p.newProfiles(t, f, netpol.Ingress, units)})
		}
	}
	if known = known && p.size <= mostTraces; !known {
		p.clearReasons()
		p.Limits = append(p.Limits, "The reasons for each pair are too many for one page and are left out; 'kubectl catalyst network-policy explain' gives them, and -n NAMESPACE makes a smaller page.")
	}
	p.Outside.To.foldLists(&p.Outside, p.rangeTraces(t, netpol.Egress, units, known))
	p.Outside.From.foldLists(&p.Outside, p.rangeTraces(t, netpol.Ingress, units, known))
}

// rangeTraces returns the traces of a peer and a range, none where they are not known.
func (p *pageData) rangeTraces(t *netpol.Tracer, d netpol.Direction, units []int, known bool) func(int, netpol.Range) []int {
	return func(peer int, r netpol.Range) []int {
		out := []int{}
		if known {
			for _, one := range t.TraceRange(d, units[peer], r, mostParts) {
				out = append(out, p.traceID(one))
			}
		}
		return out
	}
}

func (p *pageData) clearReasons() {
	p.reasons = reasons{Families: []family{}, Policies: [][]any{}, Rules: [][]any{}, Traces: []trace{{}},
		policies: make(map[inTier]int), rules: make(map[netpol.RuleID]int), traces: make(map[*netpol.Trace]int)}
}

// affordable reports whether there are few enough traces to be made.
func (p *pageData) affordable(t *netpol.Tracer, units []int) bool {
	count := 0
	for f := range t.Families() {
		for _, d := range []netpol.Direction{netpol.Egress, netpol.Ingress} {
			seen := make(map[int]bool)
			for _, u := range units {
				_, id := t.Policies(f, d, u)
				seen[id] = true
			}
			count += len(seen) * len(units)
		}
	}
	return count <= mostTraceCount
}

func (p *pageData) newProfiles(t *netpol.Tracer, f int, d netpol.Direction, units []int) profiles {
	out := profiles{Policies: [][]int{}, Rows: []string{}}
	seen := make(map[int]int)
	for _, u := range units {
		policies, profile := t.Policies(f, d, u)
		if profile < 0 {
			out.Of = append(out.Of, -1)
			continue
		}
		id, ok := seen[profile]
		if !ok {
			id = len(out.Policies)
			seen[profile] = id
			out.Policies = append(out.Policies, p.policyIDs(policies))
			if p.size <= mostTraces {
				one := p.traceRow(t, f, d, u, units)
				p.size += len(one)
				out.Rows = append(out.Rows, one)
			}
		}
		out.Of = append(out.Of, id)
	}
	return out
}

// traceRow returns a row of traces: what the policies of one peer decide about
// each other.
func (p *pageData) traceRow(t *netpol.Tracer, f int, d netpol.Direction, self int, units []int) string {
	ids := make([]int, len(units))
	for i, other := range units {
		ids[i] = p.traceID(t.Trace(f, d, self, other))
	}
	return encodeRow(ids)
}

func (p *pageData) policyIDs(policies []netpol.PolicyRef) []int {
	out := make([]int, len(policies))
	for i, one := range policies {
		out[i] = p.policyID(one)
	}
	return out
}

func (p *pageData) policyID(one netpol.PolicyRef) int {
	key := inTier{one.Policy, one.Tier}
	id, ok := p.policies[key]
	if !ok {
		id = len(p.Policies)
		p.policies[key] = id
		p.Policies = append(p.Policies, []any{visible(one.Policy.Kind), visible(one.Policy.Namespace),
			visible(one.Policy.Name), visible(one.Tier), visible(one.Origin.String())})
	}
	return id
}

func (p *pageData) ruleID(r netpol.RuleRef) int {
	id, ok := p.rules[r.ID]
	if !ok {
		id = len(p.Rules)
		p.rules[r.ID] = id
		policy := p.policyID(netpol.PolicyRef{Policy: r.Policy, Tier: r.Tier})
		p.Rules = append(p.Rules, []any{policy, r.Index + 1, visible(r.Name), r.Action, visible(r.Origin.String())})
	}
	return id
}

func (p *pageData) traceID(t *netpol.Trace) int {
	if t == nil {
		return 0
	}
	id, ok := p.traces[t]
	if ok {
		return id
	}
	id = len(p.Traces)
	p.traces[t] = id
	one := trace{Denied: !t.Denied.Empty(), Open: p.portsID(t.Open)}
	if t.Reason != netpol.ByRule {
		one.Reason = t.Reason.String()
	}
	for _, s := range t.Steps {
		one.Steps = append(one.Steps, [3]any{p.ruleID(s.Rule), p.portsID(s.Ports), s.Action})
	}
	p.size += traceSize + stepSize*len(one.Steps)
	p.Traces = append(p.Traces, one)
	return id
}
