package space

import (
	"net/netip"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/inventory"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/program"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
)

// Space is a cluster as the policies of a program divide it.
type Space struct {
	Program     *program.Program
	Inventory   *inventory.Inventory
	FamilyViews []*FamilyView // of the families in use

	names  []program.PortNames // distinct port names of pods; the first is none
	nameOf []int32             // by pod: which of names
}

// New divides a cluster. podCIDRs are where pods without a known address may have
// one, cuts are addresses at which to divide besides those that the policies name.
func New(prog *program.Program, inv *inventory.Inventory, podCIDRs, cuts []netip.Prefix) *Space {
	s := &Space{Program: prog, Inventory: inv}
	cuts = append(slices.Clone(cuts), Cuts(prog, inv)...)
	podCIDRs = slices.Concat(podCIDRs, inv.PodCIDRs)
	v := newVocabulary(prog.Selectors, inv)
	order := inv.ByNamespace()
	s.names, s.nameOf = readPortNames(prog, inv)
	for _, family := range inv.Families {
		s.FamilyViews = append(s.FamilyViews, newFamilyView(s, family, v, order, podCIDRs, cuts))
	}
	return s
}

// PortNames returns the port names of a pod.
func (s *Space) PortNames(pod int) program.PortNames { return s.names[s.nameOf[pod]] }

// Cuts returns every range that the policies of a program name.
func Cuts(prog *program.Program, inv *inventory.Inventory) []netip.Prefix {
	var out []netip.Prefix
	prog.EachPeer(func(q *rules.Peer) {
		for _, list := range program.AddressLists(q) {
			out = append(out, list...)
		}
		if q.Nodes != nil {
			out = append(out, inv.NodeAddresses(q.Nodes)...)
		}
	})
	return out
}
