package lab

import (
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/openstack"
)

// Debian returns the Debian that the bed runs from, with python3-openstackclient
// and python3-magnumclient from apt and what they need. Call Require before.
func Debian() (debian.Root, error) { return openstack.Zed.Image().Root() }
