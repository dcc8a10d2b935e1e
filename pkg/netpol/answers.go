package netpol

import (
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/analysis"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/explain"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/flow"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/inventory"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/program"
)

// What the map consists of, see Engine.Flows, Engine.External and Diff.
type (
	// Flow is what a peer may open connections to at another.
	Flow = flow.Flow
	// FlowOptions choose the flows that are wanted.
	FlowOptions = flow.Options
	// Peer is one end of a Flow.
	Peer = flow.Peer
	// Change is a pair between which something changes.
	Change = flow.Change
	// Range is addresses of one family.
	Range = flow.Range
	// RangePorts is what a pod and a range may exchange.
	RangePorts = flow.RangePorts
	// By is what the peers are.
	By = flow.By
)

// The groupings, and the kinds of peers that callers tell apart.
const (
	ByWorkload   = flow.ByWorkload
	ByPod        = flow.ByPod
	ByNamespace  = flow.ByNamespace
	WorkloadPeer = flow.WorkloadPeer
	RangePeer    = flow.RangePeer
)

// What an explanation consists of, see Engine.Explain and Engine.Tracer.
type (
	// Endpoint is a pod or an address.
	Endpoint = explain.Endpoint
	// Explanation is the answer to one question.
	Explanation = explain.Explanation
	// Side is one direction of it.
	Side = explain.Side
	// Tracer explains the pairs of a map.
	Tracer = explain.Tracer
	// Trace is one direction of a pair, for every port.
	Trace = explain.Trace
	// RuleID names a rule within one engine.
	RuleID = program.RuleID
	// RuleRef is a rule as explanations show it.
	RuleRef = program.RuleRef
	// PolicyRef is a policy as explanations show it.
	PolicyRef = program.PolicyRef
)

// The reasons that callers tell apart.
const (
	ByRule   = explain.ByRule
	OwnNode  = explain.OwnNode
	Isolated = explain.Isolated
)

// The facts that findings are made of, see the methods that return them.
type (
	// PolicyInfo is what a policy comes down to.
	PolicyInfo = analysis.PolicyInfo
	// RuleInfo is what one of its rules comes down to.
	RuleInfo = analysis.RuleInfo
	// PeerInfo is what a peer of a rule comes down to.
	PeerInfo = analysis.PeerInfo
	// PortInfo is what a port of a rule comes down to.
	PortInfo = analysis.PortInfo
	// Redundancy is a rule that changes nothing.
	Redundancy = analysis.Redundancy
	// Unreached is a policy that never decides.
	Unreached = analysis.Unreached
	// TierDenial is a tier that denies what a later one is for.
	TierDenial = analysis.TierDenial
	// OneSided is a peer that a rule allows in vain.
	OneSided = analysis.OneSided
	// OrderTie is two policies between which names decide.
	OrderTie = analysis.OrderTie
	// Backend is what a service's port leads to.
	Backend = inventory.Backend
	// BackendPod is a pod behind it.
	BackendPod = inventory.BackendPod
)
