package netpol

import (
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/analysis"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/explain"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/flow"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/inventory"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/program"
)

// What the map consists of, see Engine.Flows and Diff.
type (
	Flow        = flow.Flow
	FlowOptions = flow.Options
	Peer        = flow.Peer
	Change      = flow.Change
	Range       = flow.Range
	RangePorts  = flow.RangePorts
	By          = flow.By
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
	Endpoint    = explain.Endpoint
	Explanation = explain.Explanation
	Side        = explain.Side
	Tracer      = explain.Tracer
	Trace       = explain.Trace
	RuleID      = program.RuleID
	RuleRef     = program.RuleRef
	PolicyRef   = program.PolicyRef
)

// The reasons that callers tell apart.
const (
	ByRule   = explain.ByRule
	OwnNode  = explain.OwnNode
	Isolated = explain.Isolated
)

// The facts that findings are made of, see the methods that return them.
type (
	PolicyInfo = analysis.PolicyInfo
	RuleInfo   = analysis.RuleInfo
	PortInfo   = analysis.PortInfo
	Redundancy = analysis.Redundancy
	Unreached  = analysis.Unreached
	TierDenial = analysis.TierDenial
	OrderTie   = analysis.OrderTie
	Backend    = inventory.Backend
	BackendPod = inventory.BackendPod
)
