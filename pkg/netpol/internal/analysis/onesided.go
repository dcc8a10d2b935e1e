package analysis

import (
	"iter"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/bits"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/program"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/verdict"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// OneSided is a peer of an Allow rule of which the rule allows something, while
// the policies on the peer's side let none of it through.
type OneSided struct {
	Rule program.RuleRef
	Path string // of the peer
	// Source and Destination are a pod selected and one of the peer, and Protocol and
	// Port something that the rule allows and the other side denies.
	Source, Destination int
	Protocol            ports.Protocol
	Port                uint16
}

// OneSidedRules yields the peers, by label, that an Allow rule lets in or out in
// vain. Peers that stand for every pod are left out: they mean none in particular.
func OneSidedRules(m *verdict.Model) iter.Seq[OneSided] {
	return func(yield func(OneSided) bool) {
		for id := range m.Program.Rules {
			r := &m.Program.Rules[id]
			if r.Action != rules.Allow || !m.Program.Policies[r.Policy].Applies[r.Direction] || r.Unsure != "" || len(r.Local) > 0 || r.Split {
				continue
			}
			for i := range r.Peers {
				q := &r.Peers[i]
				if q.PodsID == program.NoSelector || q.Block != nil || q.Nodes != nil || q.Unknown != "" || len(q.Sets) > 0 {
					continue
				}
				if out, found := oneSided(m, program.RuleID(id), q); found && !yield(out) {
					return
				}
			}
		}
	}
}

// oneSided looks at one peer. It is one-sided when no pair of a pod selected and a
// pod of the peer may use any port of the rule.
func oneSided(m *verdict.Model, id program.RuleID, q *program.Peer) (OneSided, bool) {
	r := &m.Program.Rules[id]
	subject := m.Program.Policies[r.Policy].SubjectID
	c := &crossing{spec: &m.Program.Specs[r.Spec], names: m.Program.Specs[r.Spec].HasNames(), ingress: r.Direction == rules.Ingress}
	var first *verdict.View
	for _, v := range m.Views {
		peers := v.BySelector[q.PodsID]
		if q.NotPods != nil {
			peers = v.MatchPeer(q).Yes
		}
		if peers.Len() >= len(v.Classes) {
			return OneSided{}, false
		}
		if c.meets(v, peers, v.BySelector[subject]) {
			return OneSided{}, false
		}
		if first == nil && c.found {
			first = v
		}
	}
	if first == nil {
		return OneSided{}, false
	}
	out := OneSided{Rule: m.Program.RuleRef(id), Path: q.Path, Protocol: c.protocol, Port: c.port}
	near, far := first.AppendClass(nil, c.near)[0], first.AppendClass(nil, c.far)[0]
	if near == far { // a class that meets itself has several pods
		for _, other := range first.AppendClass(nil, c.far) {
			if other != near {
				far = other
			}
		}
	}
	out.Source, out.Destination = near, far
	if c.ingress {
		out.Source, out.Destination = far, near
	}
	return out, near != far
}

// crossing looks for a pair of classes that the policies on the peer's side let
// use a port of a rule.
type crossing struct {
	spec    *program.PortSpec
	names   bool
	ingress bool // the rule's direction

	// The first pair that the other side denies, and a port of it.
	found     bool
	near, far int
	protocol  ports.Protocol
	port      uint16
}

// meets reports whether some pair may.
func (c *crossing) meets(v *verdict.View, peers, selected bits.Set) bool {
	other := rules.Ingress
	if c.ingress {
		other = rules.Egress
	}
	judged := make(map[*verdict.Profile]bool)
	byNames := make(map[int32]ports.Set) // what the rule means, by the names of the destination
	for far := range peers.Between(0, len(v.Classes)) {
		profile := v.Profile(far, other)
		if v.Classes[far].Absent || judged[profile] && (c.ingress || !c.names) {
			continue
		}
		judged[profile] = !selected.Contains(far) // one that is selected too does not count for itself
		for near := range selected.Between(0, len(v.Classes)) {
			if v.Classes[near].Absent || near == far && len(v.AppendClass(nil, near)) < 2 {
				continue
			}
			destination := far
			if c.ingress {
				destination = near
			}
			names := v.Classes[destination].Names
			wanted, known := byNames[names]
			if !known {
				wanted = c.spec.Resolve(v.PortNames(destination))
				byNames[names] = wanted
			}
			if wanted.Empty() {
				continue
			}
			if !profile.Allowed(near).Intersect(wanted).Empty() {
				return true
			}
			c.note(near, far, wanted)
		}
	}
	return false
}

// note remembers the first pair that is denied.
func (c *crossing) note(near, far int, wanted ports.Set) {
	if c.found {
		return
	}
	for _, p := range ports.Protocols() {
		for from := range wanted.Spans(p) {
			c.found, c.near, c.far, c.protocol, c.port = true, near, far, p, from
			return
		}
	}
}
