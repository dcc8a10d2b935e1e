package explain

import (
	"encoding/binary"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/flow"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/program"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/verdict"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
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
	Rule   program.RuleRef
	Action string // the rule's; Deny where it cannot be known whether it matches
	Ports  ports.Set
}

// Tracer explains the pairs of a map. Equal traces are the same pointer. It
// caches its answers and is not for several goroutines at once.
type Tracer struct {
	m     *verdict.Model
	u     *flow.Units
	cache map[traceKey]*Trace
	equal map[string]*Trace
}

// traceKey is what an answer depends on: the other end, and the profile of the
// end that policies select.
type traceKey struct {
	profile *verdict.Profile
	family  int
	entity  int
	ingress bool
}

// NewTracer returns a tracer for the peers of a grouping.
func NewTracer(m *verdict.Model, by flow.By) *Tracer {
	return &Tracer{m: m, u: flow.NewUnits(m, by, nil), cache: make(map[traceKey]*Trace), equal: make(map[string]*Trace)}
}

// Peers returns the peers, sorted by name: all that Flows can yield except for
// ranges, also those that reach nobody.
func (t *Tracer) Peers() []*flow.Peer {
	out := make([]*flow.Peer, len(t.u.List))
	for i := range t.u.List {
		out[i] = t.u.List[i].Peer
	}
	return out
}

// Families returns the address families in use, IPv4 before IPv6. Policies may
// treat a pair differently in each.
func (t *Tracer) Families() []string {
	var out []string
	for _, v := range t.m.Views {
		out = append(out, v.Family.String())
	}
	return out
}

// Host reports whether a peer is on the host network, which no policy covers.
func (t *Tracer) Host(peer int) bool {
	return t.m.PlaceOf(t.u.List[peer].Peer.Pods[0]).Host
}

// entity returns what a peer is in a family; -1 when its pods are several things
// or have no address there.
func (t *Tracer) entity(family, peer int) int {
	members := t.u.List[peer].Members[family]
	if len(members) != 1 {
		return -1
	}
	v := t.m.Views[family]
	if id := int(members[0].Entity); id >= len(v.Classes) || !v.Classes[id].Absent {
		return id
	}
	return -1
}

// Policies returns the policies with a say for a peer in one direction, in the
// order of evaluation, and a number that is the same for peers whose traces with
// any other peer are the same; -1 when there are none, because the peer's pods
// are not treated alike or have no address of the family.
func (t *Tracer) Policies(family int, d rules.Direction, peer int) ([]program.PolicyRef, int) {
	id := t.entity(family, peer)
	if id < 0 {
		return nil, -1
	}
	v := t.m.Views[family]
	return v.Profile(id, d).PolicyRefs(t.m.Program), v.ProfileID(id, d)
}

// Trace explains what the policies that select self say about other, two indexes
// into Peers: for Egress self is the source. It is nil where Policies gives -1
// for either. That a node always reaches its own pods is not part of it.
func (t *Tracer) Trace(family int, d rules.Direction, self, other int) *Trace {
	a, b := t.entity(family, self), t.entity(family, other)
	if a < 0 || b < 0 {
		return nil
	}
	return t.trace(family, d, a, b)
}

// TraceRange explains the same about a range of addresses outside, of which parts
// may be treated differently: the distinct traces, at most as many as asked for.
func (t *Tracer) TraceRange(d rules.Direction, self int, r flow.Range, most int) []*Trace {
	family := slices.IndexFunc(t.m.Views, func(v *verdict.View) bool { return v.Family == addr.Of(r.First) })
	a := t.entity(family, self)
	if a < 0 {
		return nil
	}
	v := t.m.Views[family]
	var out []*Trace
	for atom := v.Atoms.Find(r.First); atom <= v.Atoms.Find(r.Last) && len(out) < most; atom++ {
		if one := t.trace(family, d, a, v.AtomEntity(atom)); !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	return out
}

func (t *Tracer) trace(family int, d rules.Direction, self, other int) *Trace {
	v := t.m.Views[family]
	key := traceKey{profile: v.Profile(self, d), family: family, entity: other, ingress: d == rules.Ingress}
	out, ok := t.cache[key]
	if !ok {
		out = t.share(newTrace(t.m.Program, v, d, self, other))
		t.cache[key] = out
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

// newTrace walks the policies that select an entity down, for all ports at once.
func newTrace(prog *program.Program, v *verdict.View, d rules.Direction, self, other int) *Trace {
	w := newRuleWalk(prog, v, d, self, other)
	switch {
	case w.profile == nil:
		return &Trace{Reason: HostNetwork, Open: ports.All(), Allowed: ports.All()}
	case len(w.profile.Policies) == 0:
		return &Trace{Reason: NotIsolated, Open: ports.All(), Allowed: ports.All()}
	}
	out := &Trace{Reason: ByRule, Open: ports.All()}
	policies := w.profile.Policies
	for at := 0; at < len(policies); {
		tier, end := prog.TierEnd(policies, at)
		out.addTier(w, tier, w.hits(policies[at:end], func(s ports.Set) bool { return !s.Empty() }))
		at = end
	}
	out.Allowed = out.Allowed.Union(out.Open)
	return out
}

// addTier works the rules of one tier that match in. Open is what earlier tiers
// left to it, and then what it leaves to the next.
func (out *Trace) addTier(w *ruleWalk, tier int32, hits []hit) {
	rest, passed := out.Open, ports.Set{}
	for _, h := range hits {
		from := out.Open
		if w.prog.Tiers[tier].Ordered {
			from = rest
		}
		decided := w.ports(h.id)
		if w.prog.Rules[h.id].Action != rules.Allow && w.view.Matched(h.id, w.profile.Local).Opaque {
			decided = ports.All()
		}
		if decided = decided.Intersect(from); decided.Empty() {
			continue
		}
		rest = rest.Minus(decided)
		out.Steps = append(out.Steps, Step{w.prog.RuleRef(h.id), h.action.String(), decided})
		switch h.action {
		case rules.Allow:
			out.Allowed = out.Allowed.Union(decided)
		case rules.Pass:
			passed = passed.Union(decided)
		}
	}
	if w.prog.Tiers[tier].Default == rules.Deny {
		out.Denied = out.Denied.Union(rest)
		rest = ports.Set{}
	}
	out.Open = rest.Union(passed)
}
