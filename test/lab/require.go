package lab

import (
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/openstack"
)

// Require ends the test when no bed can run on this machine: skipped with the
// reason, and failed where CI=true says that nothing may be left out.
func Require(t debian.T) {
	t.Helper()
	debian.Require(t, "real Keystone and Magnum", openstack.Image().Available())
}
