package verdict

import (
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/bits"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/program"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/space"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// Evaluation is the policies of one profile being worked down, for all entities
// at once. Rules that follow each other and have the same action wait until one
// with another comes: among them order is without effect, so peers with the same
// ports are joined.
type Evaluation struct {
	prog     *program.Program
	view     *space.FamilyView
	dir      rules.Direction
	names    program.PortNames
	local    map[program.RuleID]space.Reach
	verdicts verdicts
	action   rules.Action
	waiting  []Part // by ports
}

// AddPolicy works the rules of a policy in.
func (e *Evaluation) AddPolicy(policy int32) {
	span := e.prog.Policies[policy].Span[e.dir]
	for id := span[0]; id < span[1]; id++ {
		e.addRule(id)
	}
}

// EndTier applies the default of a tier of which a policy applies.
func (e *Evaluation) EndTier(def rules.Action) {
	e.flush()
	e.verdicts.endTier(def)
}

// Open reports whether anything is left for the next rule to decide.
func (e *Evaluation) Open() bool {
	e.flush()
	return e.verdicts.anyOpen()
}

// addRule works one rule in. Whether it matches may be unknown: an Allow rule
// then does not, and any other denies, which is the safe answer.
func (e *Evaluation) addRule(id program.RuleID) {
	r, set := &e.prog.Rules[id], e.view.Matched(id, e.local)
	if r.Action != rules.Allow {
		if set.Opaque {
			e.add(rules.Deny, bits.Full(e.view.N), ports.All())
		}
		e.addPorts(rules.Deny, set.Maybe, r.Spec)
	}
	e.addPorts(r.Action, set.Yes, r.Spec)
}

func (e *Evaluation) addPorts(a rules.Action, set bits.Set, spec int32) {
	e.view.EachPorts(e.dir, e.names, set, spec, func(set bits.Set, p ports.Set) { e.add(a, set, p) })
}

func (e *Evaluation) add(a rules.Action, set bits.Set, p ports.Set) {
	if set.Empty() || p.Empty() {
		return
	}
	if a != e.action {
		e.flush()
		e.action = a
	}
	for i := range e.waiting {
		if e.waiting[i].Ports == p {
			e.waiting[i].Set = e.waiting[i].Set.Or(set)
			return
		}
	}
	e.waiting = append(e.waiting, Part{Set: set, Ports: p})
}

func (e *Evaluation) flush() {
	for _, one := range e.waiting {
		e.verdicts.apply(e.action, one.Set, one.Ports)
	}
	e.waiting = e.waiting[:0]
}
