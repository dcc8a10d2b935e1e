package cluster

import (
	"regexp"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// Rotation is whether the driver of a cluster can replace the cluster's CA. It
// matters before anybody asks: Magnum makes and stores a new CA first and asks the
// driver then, so a driver that refuses leaves a cluster to which Magnum gives out
// a CA that its API server does not have.
type Rotation int

// What is known of a driver.
const (
	RotationUnknown Rotation = iota // nothing says which driver it is
	Rotates                         // Heat's driver for Fedora: it replaces the CA on every machine
	NeverRotates                    // a driver of Cluster API: none of them can
)

// heatStack is the form of the id of a stack of Heat. Drivers of Cluster API keep the
// name of what they made in its place.
var heatStack = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// RotationOf returns what is known of the driver of a cluster. t is the template it
// was made from, nil where that is gone.
func RotationOf(c *magnum.Cluster, t *magnum.Template) Rotation {
	switch {
	case c.StackID == "":
		return RotationUnknown
	case !heatStack.MatchString(c.StackID):
		return NeverRotates
	case t != nil && strings.HasPrefix(t.ClusterDistro, "fedora"):
		return Rotates
	}
	return RotationUnknown
}
