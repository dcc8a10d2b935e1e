package verdict

import (
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/program"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/space"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// Profile is what the policies that select a class allow it in one direction.
// Classes selected by the same policies share it.
type Profile struct {
	Policies []int32                        // in the order of evaluation; empty: not isolated
	Names    program.PortNames              // of the classes, where the policies' rules ask for them
	Local    map[program.RuleID]space.Reach // of rules that are not for all of the classes
	Classes  []int32
	// Parts divide entities by what is allowed with them; an entity in no part
	// is allowed Rest. There are no parts that allow as much as Rest.
	Parts []Part
	Rest  ports.Set

	restID PortID
	size   int // entities in parts
}

// At returns the ports that the profile allows with an entity.
func (p *Profile) At(entity int) PortID {
	for i := range p.Parts {
		if p.Parts[i].Set.Contains(entity) {
			return p.Parts[i].id
		}
	}
	return p.restID
}

// Allowed returns the ports that the profile allows with an entity, as a set.
func (p *Profile) Allowed(entity int) ports.Set {
	for i := range p.Parts {
		if p.Parts[i].Set.Contains(entity) {
			return p.Parts[i].Ports
		}
	}
	return p.Rest
}

// number gives the sets of ports their ids.
func (p *Profile) number(pool *PortPool) {
	p.restID = pool.id(p.Rest)
	for i := range p.Parts {
		p.Parts[i].id = pool.id(p.Parts[i].Ports)
		p.size += p.Parts[i].Set.Len()
	}
}

// PolicyRefs returns the policies of a profile; none for a nil profile.
func (p *Profile) PolicyRefs(prog *program.Program) []program.PolicyRef {
	if p == nil {
		return nil
	}
	var out []program.PolicyRef
	for _, i := range p.Policies {
		out = append(out, prog.PolicyRef(i))
	}
	return out
}
