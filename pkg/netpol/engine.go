package netpol

import (
	"iter"
	"net/netip"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/analysis"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/convert"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/explain"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/flow"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/inventory"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/kinds"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/program"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/space"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/verdict"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// Engine holds one state of a cluster, ready for questions. It may be used from
// several goroutines at once and does not change the objects it was made from,
// which must not change either.
type Engine struct {
	cni   CNI
	model *verdict.Model
	gaps  []Gap
}

// New prepares an engine. The error is of type Problems when policies or pods
// hold values that no API server would accept: nothing is then evaluated.
func New(objects *kube.Objects, o Options) (*Engine, error) {
	s, err := readState(objects, o)
	if err != nil {
		return nil, err
	}
	return s.engine(o), nil
}

// Diff yields every pair of peers whose allowed ports differ between two states,
// sorted like Flows. Peers are matched by name; a workload that is shown pod by
// pod in one state is so in the other. The error is of type Problems.
func Diff(older, newer *kube.Objects, o Options, f FlowOptions) (iter.Seq[Change], error) {
	a, err := readState(older, o)
	if err != nil {
		return nil, err
	}
	b, err := readState(newer, o)
	if err != nil {
		return nil, err
	}
	// Both states divide the addresses at the same places, so that ranges can be
	// compared one by one.
	families := slices.Concat(a.inventory.Families, b.inventory.Families)
	slices.Sort(families)
	families = slices.Compact(families)
	a.inventory.Families, b.inventory.Families = families, families
	cutsA, cutsB := space.Cuts(a.program, a.inventory), space.Cuts(b.program, b.inventory)
	return flow.Diff(a.model(o, cutsB), b.model(o, cutsA), f), nil
}

// state is what is known before anything is evaluated.
type state struct {
	program   *program.Program
	inventory *inventory.Inventory
	gaps      []Gap
}

func readState(objects *kube.Objects, o Options) (*state, error) {
	converted := kinds.Convert(objects, convert.Options{BlockPods: o.CNI != Cilium, Calico: o.CNI == Calico})
	s, err := compileState(objects, converted.Tiers, converted.Problems)
	if err == nil {
		s.gaps = converted.Gaps
	}
	return s, err
}

// compileState does the same for tiers of any origin.
func compileState(objects *kube.Objects, tiers []rules.Tier, problems Problems) (*state, error) {
	s := &state{program: program.Compile(tiers)}
	s.inventory = inventory.Read(objects, s.program.Families())
	if problems = append(problems, s.inventory.Problems...); len(problems) > 0 {
		return nil, problems
	}
	return s, nil
}

// model evaluates a state. cuts are addresses at which to divide besides those
// that its policies name.
func (s *state) model(o Options, cuts []netip.Prefix) *verdict.Model {
	return verdict.New(space.New(s.program, s.inventory, o.PodCIDRs, cuts), o.CNI == Generic)
}

func (s *state) engine(o Options) *Engine {
	e := &Engine{cni: o.CNI, model: s.model(o, nil)}
	e.gaps = analysis.AppendGaps(s.gaps, e.model)
	return e
}

// CNI returns whose reading of the rules the engine was made for. Calico's own
// policies count under Calico only.
func (e *Engine) CNI() CNI { return e.cni }

// Gaps lists what the answers leave out, always on the side of "denied".
func (e *Engine) Gaps() []Gap { return e.gaps }

// Flows yields every allowed flow, sorted by source, then destination, as their
// names sort. A pod to itself is left out, and so are flows between two ranges.
func (e *Engine) Flows(o FlowOptions) iter.Seq[Flow] { return flow.All(e.model, o) }

// External returns what a pod and the addresses outside may exchange: for
// Ingress from where it can be reached, for Egress what it can reach. Ranges are
// maximal, disjoint and sorted; those without any port are left out.
func (e *Engine) External(pod int, d Direction) []RangePorts { return flow.External(e.model, pod, d) }

// Explain reports whether source may open a connection to the port of destination,
// and what decides, in both directions. Two ends with several families in common
// are explained in one in which the flow is allowed, if there is one.
func (e *Engine) Explain(source, destination Endpoint, p ports.Protocol, port uint16) Explanation {
	return explain.Explain(e.model, source, destination, p, port)
}

// Connections returns every port that source may open a connection to at
// destination.
func (e *Engine) Connections(source, destination Endpoint) ports.Set {
	return explain.Connections(e.model, source, destination)
}

// Between returns every port that one pod may open a connection to at another, by
// their indexes of Objects.Pods; of a pod that stands for replicas, one of them at
// another.
func (e *Engine) Between(a, b int) ports.Set { return explain.Between(e.model, a, b) }

// Alike divides pods into groups within which no policy makes a difference to what
// they may do or who may reach them and, with byNode, the node does not either.
// Pods that have ended are left out.
func (e *Engine) Alike(pods []int, byNode bool) [][]int { return explain.Alike(e.model, pods, byNode) }

// InUse reports whether a pod or a policy has anything to do with the family of
// the address.
func (e *Engine) InUse(a netip.Addr) bool { return explain.InUse(e.model, a) }

// PodAt returns the endpoint of the pod at an index of Objects.Pods.
func (e *Engine) PodAt(i int) Endpoint { return explain.PodAt(e.model, i) }

// Pod returns the endpoint of a pod by name.
func (e *Engine) Pod(namespace, name string) (Endpoint, bool) {
	return explain.Pod(e.model, namespace, name)
}

// Workload returns one endpoint for each group of the workload's pods that
// policies cannot tell apart; none when there is no such workload. Pods that
// have ended count only when there are no others.
func (e *Engine) Workload(ref kube.Ref) []Endpoint { return explain.Workload(e.model, ref) }

// Address returns the endpoint of an address: the pod that has it, the node that
// has it, a service, or somewhere outside.
func (e *Engine) Address(a netip.Addr) Endpoint { return explain.Address(e.model, a) }

// AnySource returns somebody who may open a connection to a port of a pod: an
// address outside before a node, and another pod only where neither may. It reports false when nobody may, the pod
// itself and its own node aside.
func (e *Engine) AnySource(pod int, p ports.Protocol, port uint16) (Endpoint, bool) {
	return explain.AnySource(e.model, pod, p, port)
}

// OutsideIn returns an address of a range that no pod, node or service has, if
// there is one.
func (e *Engine) OutsideIn(r Range) (Endpoint, bool) {
	return explain.OutsideIn(e.model, r.First, r.Last)
}

// OneSided yields the peers that an Allow rule lets in or out in vain, because the
// policies on their side deny it.
func (e *Engine) OneSided() iter.Seq[OneSided] { return analysis.OneSidedRules(e.model) }

// Tracer returns a tracer for the peers of a grouping.
func (e *Engine) Tracer(by By) *Tracer { return explain.NewTracer(e.model, by) }

// Backends resolves a service to its pods and their ports, in the order of its
// ports; none for a service without selector. Pods that have ended are not among
// them, pods on the host network are.
func (e *Engine) Backends(s *kube.Service) []Backend { return e.model.Inventory.Backends(s) }

// Policies returns what each policy comes down to, in the order of evaluation.
func (e *Engine) Policies() []PolicyInfo { return analysis.Policies(e.model) }

// Isolated returns the policies with a say for a pod in one direction; none when
// it is open there.
func (e *Engine) Isolated(pod int, d Direction) []PolicyRef {
	return analysis.Isolating(e.model, pod, d)
}

// Redundant yields the rules that change nothing about the present objects, the
// last ones first: of two equal rules the later is redundant. Rules in a
// direction that does not apply are not among them, see RuleInfo.Dead.
func (e *Engine) Redundant() iter.Seq[Redundancy] { return analysis.Redundant(e.model) }

// Tiers finds what the order of tiers and policies does that their authors may
// not have meant.
func (e *Engine) Tiers() ([]Unreached, []TierDenial) { return analysis.Tiers(e.model) }

// OrderTies returns the ties of Calico's tiers on which an answer depends: both
// policies select a pod in common, and rules of different actions match the same
// traffic. At most a few of many are looked for.
func (e *Engine) OrderTies() []OrderTie { return analysis.OrderTies(e.model) }
