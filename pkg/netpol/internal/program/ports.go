package program

import (
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// PortSpec is what a rule asks of the destination's port.
type PortSpec struct {
	Set, notSet     ports.Set
	names, notNames []int32 // see Program.NameIDs
}

// PortNames is the numbers that one pod's port names stand for, as far as
// policies ask for them: by Program.NameIDs. It is nil for an address.
type PortNames map[int32]ports.Set

// HasNames reports whether the destination's port names matter.
func (s *PortSpec) HasNames() bool { return len(s.names)+len(s.notNames) > 0 }

// Resolve returns the ports a specification means at a destination with these
// names.
func (s *PortSpec) Resolve(n PortNames) ports.Set {
	set := s.Set
	for _, id := range s.names {
		set = set.Union(n[id])
	}
	for _, id := range s.notNames {
		set = set.Minus(n[id])
	}
	return set.Minus(s.notSet)
}

// AsksForNames reports whether a rule of the policies asks for a port by name.
func (p *Program) AsksForNames(policies []int32, d rules.Direction) bool {
	for _, i := range policies {
		span := p.Policies[i].Span[d]
		for id := span[0]; id < span[1]; id++ {
			if p.Specs[p.Rules[id].Spec].HasNames() {
				return true
			}
		}
	}
	return false
}
