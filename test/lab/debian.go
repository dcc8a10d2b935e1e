package lab

import (
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/openstack"
)

// Debian returns the Debian that a bed runs from, with python3-openstackclient and
// python3-magnumclient from apt and what they need. Call Require or RequireClusterAPI
// before.
func Debian(c Cloud) (debian.Root, error) { return c.release().Image().Root() }

func (c Cloud) release() openstack.Release {
	return map[Cloud]openstack.Release{Heat: openstack.Zed, ClusterAPI: openstack.Epoxy}[c]
}
