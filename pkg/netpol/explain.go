package netpol

import (
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// Reason is why one side of a flow is allowed or denied.
type Reason uint8

// The reasons. Those before DeniedByRule allow, it and the later ones deny.
const (
	NotIsolated  Reason = iota // no policy decides: the pod is open in this direction
	ByRule                     // Side.Rules allow it
	Itself                     // a pod always reaches itself
	OwnNode                    // a node always reaches its own pods (kubelet probes)
	HostNetwork                // no policy applies to a pod on the host network
	Outside                    // the end is an address; no policy applies there
	DeniedByRule               // Side.Rules deny it
	Isolated                   // Side.Policies select the pod and none of their rules matches
	NoAddress                  // the pod has ended, or the ends share no address family
)

// Allows reports whether the reason lets the flow through.
func (r Reason) Allows() bool { return r < DeniedByRule }

// String returns the reason in a few words.
func (r Reason) String() string {
	return [...]string{
		"no policy applies", "allowed by rule", "a pod always reaches itself",
		"a node always reaches its own pods", "policies do not apply to the host network",
		"outside the cluster", "denied by rule", "isolated, and no rule matches", "no address",
	}[r]
}

// PolicyRef is a policy as an explanation shows it.
type PolicyRef struct {
	Policy kube.Ref
	Origin kube.Origin
	Tier   string
}

// Side is one direction of an explanation.
type Side struct {
	Direction Direction
	Allowed   bool
	Reason    Reason
	Rules     []RuleRef   // the rules that decide, for ByRule and DeniedByRule
	Passed    []RuleRef   // rules of earlier tiers that passed the flow on
	Policies  []PolicyRef // every policy with a say for the pod in this direction
}

// Explanation is the answer to one question. A flow is allowed when both sides
// allow it.
type Explanation struct {
	Source, Destination Endpoint
	Allowed             bool
	Egress, Ingress     Side
	// Notes are things to know that do not change the verdict, each a sentence.
	Notes []string
}
