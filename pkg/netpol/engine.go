package netpol

import (
	"iter"
	"net/netip"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// Engine holds one state of a cluster, ready for questions. It may be used from
// several goroutines at once and does not change the objects it was made from,
// which must not change either.
type Engine struct {
	objects *kube.Objects
}

// New prepares an engine. The error is of type Problems when policies or pods
// hold values that no API server would accept: nothing is then evaluated.
func New(objects *kube.Objects, o Options) (*Engine, error) { return &Engine{objects: objects}, nil }

// Gaps lists what the answers leave out, always on the side of "denied".
func (e *Engine) Gaps() []Gap { return nil }

// Flows yields every allowed flow, sorted by source, then destination, as their
// names sort. A pod to itself is left out, and so are flows between two ranges.
func (e *Engine) Flows(o FlowOptions) iter.Seq[Flow] { return func(func(Flow) bool) {} }

// Diff yields every pair of peers whose allowed ports differ between two states,
// sorted like Flows. Peers are matched by name.
func Diff(older, newer *kube.Objects, o Options, f FlowOptions) (iter.Seq[Change], error) {
	return func(func(Change) bool) {}, nil
}

// Pod returns the endpoint of a pod by name.
func (e *Engine) Pod(namespace, name string) (Endpoint, bool) { return Endpoint{}, false }

// Workload returns one endpoint for each group of the workload's pods that
// policies cannot tell apart; none when there is no such workload.
func (e *Engine) Workload(ref kube.Ref) []Endpoint { return nil }

// Address returns the endpoint of an address: the pod or the node that has it,
// or somewhere outside.
func (e *Engine) Address(a netip.Addr) Endpoint { return Endpoint{} }

// Explain tells whether source may open a connection to the port of destination,
// and what decides, in both directions.
func (e *Engine) Explain(source, destination Endpoint, p ports.Protocol, port uint16) Explanation {
	return Explanation{}
}

// Connections returns every port that source may open a connection to at
// destination.
func (e *Engine) Connections(source, destination Endpoint) ports.Set { return ports.Set{} }

// Policies returns what each policy comes down to, in the order of Objects.
func (e *Engine) Policies() []PolicyInfo { return nil }

// Isolated returns the policies that select a pod in one direction; none when it
// is open there.
func (e *Engine) Isolated(pod int, d Direction) []PolicyRef { return nil }

// External returns what a pod and the addresses outside may exchange: for
// Ingress from where it can be reached, for Egress what it can reach. Ranges are
// maximal, disjoint and sorted; those without any port are left out.
func (e *Engine) External(pod int, d Direction) []RangePorts { return nil }

// Redundant yields the rules that change nothing.
func (e *Engine) Redundant() iter.Seq[Redundancy] { return func(func(Redundancy) bool) {} }

// Backends resolves a service to its pods and their ports; none for a service
// without selector.
func (e *Engine) Backends(s *kube.Service) []Backend { return nil }
