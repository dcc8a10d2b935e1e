package netpol

import (
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// PolicyInfo is what a policy comes down to among the present objects.
type PolicyInfo struct {
	Ref      kube.Ref
	Origin   kube.Origin
	Tier     string
	Priority float64    // lower first; the same for all NetworkPolicies
	Applies  [2]bool    // by Direction: whether it isolates or decides there
	Pods     []int      // the pods it selects, as indexes into Objects.Pods
	Rules    []RuleInfo // in both directions, applying or dead
	// Ties are other policies of the same tier and priority, at most a few of
	// many, that select at least one pod in common; which wins is undefined.
	Ties []kube.Ref
	// TierDenies tells that the tier denies what no policy in it decides.
	TierDenies bool
}

// RuleInfo is what one rule comes down to.
type RuleInfo struct {
	Ref   RuleRef
	Path  string     // of the rule, as in "spec.ingress[0]"
	Dead  bool       // its direction is not in the policy's policyTypes
	Whole bool       // it matches every peer on every port, for every pod selected
	Peers []PeerInfo // empty: every peer
	Ports []PortInfo // empty: every port
}

// PeerInfo is one entry of a rule's list of peers.
type PeerInfo struct {
	Path    string // as in "spec.ingress[0].from[1]"
	Pods    []int  // the pods it matches, by label or by address
	Block   bool   // it names address ranges
	Outside bool   // it matches by address, so also where no known pod is
}

// PortInfo is one entry of a rule's list of ports.
type PortInfo struct {
	Path string
	Name string    // "" for a port by number
	Set  ports.Set // for a port by number
	// Found tells, for a port by name, how many of the destination pods (the
	// selected pods for ingress, the peers for egress) declare it.
	Found int
}

// Redundancy is a rule without which every answer about the present objects
// stays the same.
type Redundancy struct {
	Rule RuleRef
	// By are rules of the same tier that together take all of its traffic. Empty
	// when it has none: its policy selects nothing, or its peers or ports match
	// nothing.
	By []RuleRef
	// Shadowed: By come first and decide otherwise, so that the rule says
	// something that never holds.
	Shadowed bool
}

// Backend is what a service's port leads to.
type Backend struct {
	Port kube.ServicePort
	Pods []BackendPod
}

// BackendPod is a pod behind a service and the port traffic arrives at there:
// the one a policy has to allow.
type BackendPod struct {
	Pod  int // index into Objects.Pods
	Port uint16
}
