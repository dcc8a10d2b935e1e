package verdict

import (
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/inventory"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/space"
)

// Model is one state of a cluster with a verdict for every pair of entities. All
// questions are asked of it; none changes it.
type Model struct {
	*space.Space
	Views []*View // of the families in use, in the order of FamilyViews
	Pool  *PortPool
	// NodeReachable reports whether pods may always reach their own node.
	NodeReachable bool
}

// New evaluates the policies of a space.
func New(s *space.Space, nodeReachable bool) *Model {
	m := &Model{Space: s, Pool: newPortPool(), NodeReachable: nodeReachable}
	for _, family := range s.FamilyViews {
		m.Views = append(m.Views, newView(family, s.Program, m.Pool))
	}
	return m
}

// Place is where an end of a flow is.
type Place struct {
	Node int32 // index into Inventory.Nodes; -1 unknown, or on none
	Host bool  // behind the node's own address
}

// PlaceOf returns where a pod is.
func (m *Model) PlaceOf(pod int) Place {
	p := &m.Inventory.Pods[pod]
	return Place{Node: p.Node, Host: p.Network == inventory.OnHostNetwork}
}

// OwnNode reports whether a flow is allowed whatever the policies because both
// ends are on one node: from the node to its pod, and, by the API's documentation
// but not under Calico and Cilium, back.
func (m *Model) OwnNode(from, to Place) bool {
	return from.Node >= 0 && from.Node == to.Node && (from.Host || m.NodeReachable && to.Host)
}
