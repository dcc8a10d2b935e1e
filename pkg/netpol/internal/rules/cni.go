package rules

// CNI is the network plugin whose reading of the rules applies where the APIs
// leave room.
type CNI uint8

// The profiles. They differ in two things: whether an ipBlock of a NetworkPolicy
// matches pods and nodes by their address (Calico and Generic, as the upstream
// end-to-end tests expect; by default not Cilium), and whether a pod may always
// reach its own node (Generic, as the API's documentation says; under Calico and
// Cilium an egress policy holds there too).
const (
	Calico CNI = iota
	Cilium
	Generic
)

// String returns the profile's name on the command line.
func (c CNI) String() string { return [...]string{"calico", "cilium", "generic"}[c] }
