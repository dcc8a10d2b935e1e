package verdict

import (
	"encoding/binary"
	"sync"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/program"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/space"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// View is a family view with the verdicts.
type View struct {
	*space.FamilyView
	Profiles [2][]*Profile // by Direction

	prog      *program.Program
	profileOf [2][]int32           // by Direction and class: which of Profiles it has
	index     func() *ingressIndex // made on first use
}

func newView(family *space.FamilyView, prog *program.Program, pool *PortPool) *View {
	v := &View{FamilyView: family, prog: prog}
	for d := range v.Profiles {
		v.makeProfiles(rules.Direction(d), pool)
	}
	v.index = sync.OnceValue(func() *ingressIndex { return newIngressIndex(v.Profiles[rules.Ingress], v.FirstAtom()) })
	return v
}

// Profile returns that of a class; nil for a host or an atom, to which no policy
// applies.
func (v *View) Profile(entity int, d rules.Direction) *Profile {
	if entity >= len(v.Classes) {
		return nil
	}
	return v.Profiles[d][v.profileOf[d][entity]]
}

// ProfileID returns a number that is the same for entities with one profile.
func (v *View) ProfileID(entity int, d rules.Direction) int {
	if entity >= len(v.Classes) {
		return len(v.Profiles[d])
	}
	return int(v.profileOf[d][entity])
}

// makeProfiles finds the policies of each class and gives classes with the same
// ones the same profile.
func (v *View) makeProfiles(d rules.Direction, pool *PortPool) {
	lists := make([][]int32, len(v.Classes))
	for i := range v.prog.Policies {
		one := &v.prog.Policies[i]
		if !one.Applies[d] {
			continue
		}
		for c := range v.BySelector[one.SubjectID].All() {
			lists[c] = append(lists[c], int32(i))
		}
	}
	seen := make(map[string]int32)
	v.profileOf[d] = make([]int32, len(v.Classes))
	var key []byte
	for c, list := range lists {
		key = key[:0]
		for _, i := range list {
			key = binary.LittleEndian.AppendUint32(key, uint32(i))
		}
		key = append(key, '.')
		var local map[program.RuleID]space.Reach
		key, local = v.narrowed(d, c, list, key)
		var names program.PortNames
		if d == rules.Ingress && v.prog.AsksForNames(list, d) {
			key = binary.LittleEndian.AppendUint32(append(key, 'n'), uint32(v.Classes[c].Names))
			names = v.PortNames(c)
		}
		id, ok := seen[string(key)]
		if !ok {
			id = int32(len(v.Profiles[d]))
			seen[string(key)] = id
			one := &Profile{Policies: list, Names: names, Local: local}
			v.evaluate(d, one)
			one.number(pool)
			v.Profiles[d] = append(v.Profiles[d], one)
		}
		v.profileOf[d][c] = id
		v.Profiles[d][id].Classes = append(v.Profiles[d][id].Classes, int32(c))
	}
}

// narrowed finds the rules that are not for a class, and appends to key a text
// that differs when they do.
func (v *View) narrowed(d rules.Direction, class int, policies []int32, key []byte) ([]byte, map[program.RuleID]space.Reach) {
	var out map[program.RuleID]space.Reach
	for _, i := range policies {
		if !v.prog.Policies[i].Narrow[d] {
			continue
		}
		span := v.prog.Policies[i].Span[d]
		for id := span[0]; id < span[1]; id++ {
			if len(v.prog.Rules[id].Local) == 0 {
				continue
			}
			if reach := v.ReachOf(id, class); reach != space.ForAll {
				if out == nil {
					out = make(map[program.RuleID]space.Reach)
				}
				out[id] = reach
				key = binary.LittleEndian.AppendUint32(append(key, byte(reach)), uint32(id))
			}
		}
	}
	return key, out
}

// evaluate works the policies' rules down, tier by tier, for all entities at
// once.
func (v *View) evaluate(d rules.Direction, one *Profile) {
	one.Rest = ports.All()
	if len(one.Policies) == 0 {
		return
	}
	e := v.StartEvaluation(d, one)
	for at := 0; at < len(one.Policies); {
		tier, end := v.prog.TierEnd(one.Policies, at)
		for _, i := range one.Policies[at:end] {
			e.AddPolicy(i)
		}
		e.EndTier(v.prog.Tiers[tier].Default)
		at = end
	}
	one.Parts, one.Rest = e.verdicts.result()
}

// StartEvaluation returns an evaluation for the classes of a profile, in which no
// policy has been worked in yet.
func (v *View) StartEvaluation(d rules.Direction, p *Profile) Evaluation {
	return Evaluation{prog: v.prog, view: v.FamilyView, dir: d, names: p.Names, local: p.Local, verdicts: newVerdicts(v.N)}
}
