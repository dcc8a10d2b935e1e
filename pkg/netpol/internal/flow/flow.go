package flow

import (
	"net/netip"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// By is what a map's peers are.
type By uint8

// The groupings. ByWorkload is what people ask for: a workload whose pods are
// not all treated alike is shown pod by pod. ByNamespace merges: a namespace
// reaches what any of its pods reaches.
const (
	ByWorkload By = iota
	ByPod
	ByNamespace
)

// PeerKind is what a Peer is.
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

// Options choose what All yields.
type Options struct {
	By       By
	External bool // address ranges as sources and destinations too
}

// Change is a pair of peers between which something changes.
type Change struct {
	Source, Destination *Peer
	Added, Removed      ports.Set // at least one is not empty
}

// byLabel compares peers by name.
func byLabel(a, b *Peer) int { return strings.Compare(a.label, b.label) }
