package netpol

import (
	"net/netip"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// By says what a map's peers are.
type By uint8

// The groupings. ByWorkload is what people ask for: a workload whose pods are
// not all treated alike is shown pod by pod. ByNamespace merges: a namespace
// reaches what any of its pods reaches.
const (
	ByWorkload By = iota
	ByPod
	ByNamespace
)

// PeerKind tells what a Peer is.
type PeerKind uint8

// The kinds of peers.
const (
	PodPeer PeerKind = iota
	WorkloadPeer
	NamespacePeer
	RangePeer
)

// Peer is one end of a Flow.
type Peer struct {
	Kind      PeerKind
	Namespace string     // empty for a range
	Workload  string     // the workload's kind, for WorkloadPeer
	Name      string     // of the pod or the workload
	First     netip.Addr // RangePeer: the first address
	Last      netip.Addr // RangePeer: the last address, included
	Pods      []int      // indexes into Objects.Pods (of the newer state in a diff)
	label     string
}

// String returns how the peer is written everywhere: "namespace/pod",
// "namespace/Kind/name", "namespace" or "first-last".
func (p *Peer) String() string { return p.label }

// Flow is a source, a destination and every port the one may open a connection
// to at the other; never none. Peers are shared: equal peers of one iteration
// are the same pointer.
type Flow struct {
	Source, Destination *Peer
	Ports               ports.Set
}

// FlowOptions choose what Flows yields.
type FlowOptions struct {
	By       By
	External bool // address ranges as sources and destinations too
}

// Change is a pair of peers between which something changes.
type Change struct {
	Source, Destination *Peer
	Added, Removed      ports.Set // at least one is not empty
}

// Range is addresses from First to Last, both included, of one family.
type Range struct {
	First, Last netip.Addr
}

// String returns "first-last".
func (r Range) String() string { return r.First.String() + "-" + r.Last.String() }

// RangePorts is what one pod and a range may exchange in one direction.
type RangePorts struct {
	Range Range
	Ports ports.Set
}

// RuleID names a rule within one engine.
type RuleID int

// RuleRef is a rule as an explanation shows it.
type RuleRef struct {
	ID        RuleID
	Policy    kube.Ref
	Origin    kube.Origin // of the rule itself where its line is known
	Tier      string      // "Admin", "NetworkPolicy" or "Baseline"
	Direction Direction
	Index     int    // position in the policy's list for that direction
	Name      string // the rule's own name, where its API has one
	Action    string // Allow, Deny or Pass
}
