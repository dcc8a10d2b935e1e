package release

import "fmt"

// Skew checks whether a kubectl is supported with an API server: Kubernetes
// supports one minor version older or newer, see
// https://kubernetes.io/releases/version-skew-policy/#kubectl. why is empty
// when it is.
func Skew(kubectl, server Version) (why string) {
	apart := kubectl.Minor - server.Minor
	switch {
	case kubectl.Major != server.Major:
		return fmt.Sprintf("kubectl %s and Kubernetes %s are not of the same major version", kubectl, server)
	case apart > 1:
		return fmt.Sprintf("kubectl %s is %d minor versions newer than Kubernetes %s, supported is one", kubectl, apart, server)
	case apart < -1:
		return fmt.Sprintf("kubectl %s is %d minor versions older than Kubernetes %s, supported is one", kubectl, -apart, server)
	}
	return ""
}

// lastStuck is the newest minor version from which Catalyst Cloud upgrades no
// cluster: what came after it runs on another kind of machines.
const lastStuck = 27

// Upgrade returns why a cluster cannot go from one version to another, or nothing
// when it can. Catalyst Cloud goes one minor version up at a time, never down,
// and leaves clusters of v1.27 and older as they are.
func Upgrade(from, to Version) (why string) {
	switch {
	case from.Major == 1 && from.Minor <= lastStuck:
		return fmt.Sprintf("clusters of Kubernetes %s cannot be upgraded, only those newer than v1.%d", from, lastStuck)
	case to.Compare(from) == 0:
		return fmt.Sprintf("the cluster runs Kubernetes %s already", from)
	case to.Compare(from) < 0:
		return fmt.Sprintf("Kubernetes %s is older than the cluster's %s, and nothing goes down", to, from)
	case to.Major != from.Major || to.Minor > from.Minor+1:
		return fmt.Sprintf("from Kubernetes %s only v%d.%d is next: one minor version at a time", from, from.Major, from.Minor+1)
	}
	return ""
}
