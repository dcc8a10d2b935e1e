package netpol

import (
	"encoding/binary"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/rules"
)

// Trace is how one direction of a pair comes about, for every port at once.
type Trace struct {
	// Reason is NotIsolated, HostNetwork or Outside where no policy has a say,
	// and ByRule where policies decide, port by port.
	Reason Reason
	Steps  []Step    // the rules that match, in the order of evaluation
	Denied ports.Set // left over by the rules of a tier that then denies
	Open   ports.Set // that no tier decides, and which are allowed therefore
	// Allowed is the answer: what rules allow, and Open.
	Allowed ports.Set
}

// Step is a rule that matches, and the ports it decides.
type Step struct {
	Rule   RuleRef
	Action string // the rule's; Deny where it cannot be known whether it matches
	Ports  ports.Set
}

// Tracer explains the pairs of a map. Equal traces are the same pointer. It
// remembers what it has answered and is not for several goroutines at once.
type Tracer struct {
	e     *Engine
	u     *units
	memo  map[traceKey]*Trace
	equal map[string]*Trace
}

// traceKey is what an answer depends on: the other end, and the profile of the
// end that policies select.
type traceKey struct {
	profile *profile
	plane   int
	entity  int
	ingress bool
}

// Tracer returns a tracer for the peers of a grouping.
func (e *Engine) Tracer(by By) *Tracer {
	return &Tracer{e: e, u: newUnits(e, by, nil), memo: make(map[traceKey]*Trace), equal: make(map[string]*Trace)}
}

// Peers returns the peers, sorted by name: all that Flows can yield except for
// ranges, also those that reach nobody.
func (t *Tracer) Peers() []*Peer {
	out := make([]*Peer, len(t.u.list))
	for i := range t.u.list {
		out[i] = t.u.list[i].peer
	}
	return out
}

// Families returns the address families in use, IPv4 before IPv6. Policies may
// treat a pair differently in each.
func (t *Tracer) Families() []string {
	var out []string
	for _, p := range t.e.planes {
		out = append(out, p.family.String())
	}
	return out
}

// Host reports whether a peer is on the host network, which no policy covers.
func (t *Tracer) Host(peer int) bool {
	return t.e.c.pods[t.u.list[peer].peer.Pods[0]].standing == onHostNetwork
}

// entity returns what a peer is in a family; -1 when its pods are several things
// or have no address there.
func (t *Tracer) entity(family, peer int) int {
	m := t.u.list[peer].members[family]
	if len(m) != 1 {
		return -1
	}
	p := t.e.planes[family]
	if id := int(m[0].entity); id >= len(p.classes) || !p.classes[id].absent {
		return id
	}
	return -1
}

// Policies returns the policies with a say for a peer in one direction, in the
// order of evaluation, and a number that is the same for peers whose traces with
// any other peer are the same; -1 when there are none, because the peer's pods
// are not treated alike or have no address of the family.
func (t *Tracer) Policies(family int, d Direction, peer int) ([]PolicyRef, int) {
	id := t.entity(family, peer)
	p := t.e.planes[family]
	switch {
	case id < 0:
		return nil, -1
	case id >= len(p.classes):
		return nil, len(p.profiles[d])
	}
	at := int(p.profileOf[d][id])
	var out []PolicyRef
	for _, i := range p.profiles[d][at].policies {
		out = append(out, t.e.policyRef(i))
	}
	return out, at
}

// Trace explains what the policies that select self say about other, two indexes
// into Peers: for Egress self is the source. It is nil where Policies gives -1
// for either. That a node always reaches its own pods is not part of it.
func (t *Tracer) Trace(family int, d Direction, self, other int) *Trace {
	a, b := t.entity(family, self), t.entity(family, other)
	if a < 0 || b < 0 {
		return nil
	}
	return t.trace(family, d, a, b)
}

// TraceRange explains the same about a range of addresses outside: each way in
// which parts of it come to be treated, at most as many as asked for.
func (t *Tracer) TraceRange(d Direction, self int, r Range, most int) []*Trace {
	family := slices.IndexFunc(t.e.planes, func(p *plane) bool { return p.family == addr.Of(r.First) })
	a := t.entity(family, self)
	if a < 0 {
		return nil
	}
	p := t.e.planes[family]
	var out []*Trace
	for atom := p.atoms.Find(r.First); atom <= p.atoms.Find(r.Last) && len(out) < most; atom++ {
		if one := t.trace(family, d, a, p.atomEntity(atom)); !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	return out
}

func (t *Tracer) trace(family int, d Direction, self, other int) *Trace {
	p := t.e.planes[family]
	key := traceKey{profile: p.profile(self, d), plane: family, entity: other, ingress: d == Ingress}
	out, ok := t.memo[key]
	if !ok {
		out = t.share(t.e.trace(p, d, self, other))
		t.memo[key] = out
	}
	return out
}

// share returns the trace that is equal to this one.
func (t *Tracer) share(one *Trace) *Trace {
	key := []byte{byte(one.Reason)}
	for _, s := range one.Steps {
		key = binary.AppendUvarint(key, uint64(s.Rule.ID))
		key = append(append(key, s.Action...), byte(len(s.Ports.Key())/8))
		key = append(key, s.Ports.Key()...)
	}
	key = append(append(key, '|'), one.Denied.Key()...)
	key = append(append(key, '|'), one.Open.Key()...)
	if have, ok := t.equal[string(key)]; ok {
		return have
	}
	t.equal[string(key)] = one
	return one
}

// trace walks the policies that select an entity down, for all ports at once.
func (e *Engine) trace(p *plane, d Direction, self, other int) *Trace {
	one := p.profile(self, d)
	switch {
	case one == nil:
		return &Trace{Reason: HostNetwork, Open: ports.All(), Allowed: ports.All()}
	case len(one.policies) == 0:
		return &Trace{Reason: NotIsolated, Open: ports.All(), Allowed: ports.All()}
	}
	out := &Trace{Reason: ByRule, Open: ports.All()}
	b := end{Endpoint: Endpoint{pod: -1, node: -1}, entity: other, class: other < len(p.classes)}
	names := one.names
	if d == Egress && b.class {
		names = e.names[p.classes[other].names]
	}
	for at := 0; at < len(one.policies); {
		tier, behind := e.tierEnd(one.policies, at)
		hits := e.matching(p, d, one.policies[at:behind], one.local, b, func(s *spec) bool { return !s.resolve(names).Empty() })
		out.tier(e, tier, hits, func(id RuleID) ports.Set {
			r := &e.prog.rules[id]
			if r.Action != rules.Allow && p.rule(id, one.local).opaque {
				return ports.All()
			}
			return e.prog.specs[r.spec].resolve(names)
		})
		at = behind
	}
	out.Allowed = out.Allowed.Union(out.Open)
	return out
}

// tier works the rules of one tier that match in. Open is what earlier tiers
// left to it, and then what it leaves to the next.
func (out *Trace) tier(e *Engine, tier int32, hits []hit, of func(RuleID) ports.Set) {
	left, passed := out.Open, ports.Set{}
	for _, h := range hits {
		from := out.Open
		if e.prog.tiers[tier].Ordered {
			from = left
		}
		took := of(h.id).Intersect(from)
		if took.Empty() {
			continue
		}
		left = left.Minus(took)
		out.Steps = append(out.Steps, Step{e.ruleRef(h.id), h.action.String(), took})
		switch h.action {
		case rules.Allow:
			out.Allowed = out.Allowed.Union(took)
		case rules.Pass:
			passed = passed.Union(took)
		}
	}
	if e.prog.tiers[tier].Default == rules.Deny {
		out.Denied = out.Denied.Union(left)
		left = ports.Set{}
	}
	out.Open = left.Union(passed)
}
