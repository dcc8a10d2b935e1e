package netpol

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
)

// CNI is the network plugin whose reading of the rules applies where the APIs
// leave room.
type CNI = rules.CNI

// The profiles.
const (
	Calico  = rules.Calico
	Cilium  = rules.Cilium
	Generic = rules.Generic
)

// ParseCNI reads a profile's name: calico, cilium or generic.
func ParseCNI(s string) (CNI, error) {
	for c := Calico; c <= Generic; c++ {
		if s == c.String() {
			return c, nil
		}
	}
	return 0, fmt.Errorf("unknown network plugin profile %q: want calico, cilium or generic", s)
}

// Options are what the objects do not say themselves.
type Options struct {
	CNI CNI
	// PodCIDRs are the ranges pods get addresses from, for pods whose address is
	// not known (offline). Those of the nodes are used as well; without any, it
	// is the private and shared ranges, and for IPv6 all that is assigned.
	PodCIDRs []netip.Prefix
}

// Direction is a side of a flow, seen from the pod a policy selects.
type Direction = rules.Direction

// The directions, in the order in which a flow meets them.
const (
	Egress  = rules.Egress
	Ingress = rules.Ingress
)

// Problem is a value that no API server would accept.
type Problem = rules.Problem

// Gap is something the engine had to leave out of its answer, always on the safe
// side: what depends on it is shown as denied. A caller marks the answer as
// incomplete, by these names.
type Gap = rules.Gap

// Problems is why New refused; there is at least one.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}
