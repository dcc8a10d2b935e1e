package lab

import (
	"context"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/clusterapi"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/kube"
)

// Require ends the test when no bed can run here, because of the machine or
// because the bed has not been prepared: skipped with the reason, and failed where
// CI=true says that nothing may be left out.
func Require(t debian.T) {
	t.Helper()
	debian.Require(t, "real Keystone and Magnum", available(Options{Kube: true}.withDefaults()))
}

// RequireClusterAPI is Require for a bed with Options.Cloud ClusterAPI.
func RequireClusterAPI(t debian.T) {
	t.Helper()
	debian.Require(t, "real Magnum with Cluster API", available(Options{Cloud: ClusterAPI}.withDefaults()))
}

// available returns why a bed cannot run here, or nil.
func available(o Options) error {
	ctx := context.Background()
	if err := o.accounts().Available(ctx); err != nil || !o.Kube {
		return err
	}
	if o.Cloud == ClusterAPI {
		if err := clusterapi.Available(ctx); err != nil {
			return err
		}
	}
	_, err := kube.Find(ctx)
	return err
}
