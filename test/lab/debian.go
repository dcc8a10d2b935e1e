package lab

import (
	"context"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/openstack"
)

// InstallDebian returns the Debian installation that the bed runs from, with
// python3-openstackclient and python3-magnumclient from apt and what they need. It
// is made first if need be, which takes minutes. Check Available, or call Require,
// before.
func InstallDebian(ctx context.Context, log func(string)) (debian.Root, error) {
	return openstack.Image().Install(ctx, log)
}
