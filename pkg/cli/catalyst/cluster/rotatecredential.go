package cluster

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/internal/session"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
)

// rotateCredentialOptions is the command line of cluster rotate-credential.
type rotateCredentialOptions struct {
	changeOptions
	yes bool
}

func newRotateCredential(env cli.Env) *cobra.Command {
	o := &rotateCredentialOptions{changeOptions: newChangeOptions(env)}
	cmd := &cobra.Command{
		Use:   "rotate-credential CLUSTER",
		Short: "Let a cluster use a new credential of yours",
		Long: `Let a cluster use a new application credential, of yours.

A cluster makes load balancers and volumes, and scales, with a credential of the
user who created it. When that user leaves, loses the role or is disabled, all of
that stops, and even the deletion may. With this command Magnum makes a new
credential, of the user who runs it: from then on the cluster depends on you.

Up to Kubernetes v1.33 the cloud controller, Cinder CSI and the autoscaler go on
with the old credential until they are restarted.

It needs a Magnum that speaks version 1.12, and a password or an application
credential that is not restricted. You are asked for the cluster's name; --yes
does without the question, and is needed where nobody can be asked.`,
		Example: `  kubectl catalyst cluster rotate-credential prod --wait
  kubectl catalyst cluster rotate-credential prod --yes`,
		Args: func(_ *cobra.Command, args []string) error { return o.complete(args) },
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	o.bind(cmd.Flags())
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	return cmd
}

func (o *rotateCredentialOptions) run(ctx context.Context) error {
	if !o.yes && o.Env.Terminal == nil {
		return errNobodyToAsk
	}
	s, err := o.Connect(ctx)
	if err != nil {
		return err
	}
	if err := refuseRestricted(s, "give a cluster a new credential"); err != nil {
		return err
	}
	c, err := s.Magnum.Cluster(ctx, o.cluster)
	if err == nil {
		err = cluster.CheckIdle(c)
	}
	if err != nil {
		return err
	}
	if !o.yes {
		question := fmt.Sprintf("From now on cluster %q (%s) depends on %s: it stops making load balancers and volumes when that user loses access to project %q. Type the cluster's name:",
			c.Name, c.UUID, s.User().Name, s.Project().Name)
		if err := confirmName(ctx, o.Env, c, question); err != nil {
			return err
		}
	}
	if err := s.Magnum.RotateCredential(ctx, c.UUID); err != nil {
		return err
	}
	if v, ok := cluster.Version(c); ok && v.Major == 1 && v.Minor < 34 {
		o.Env.Hint("when it is done, restart what uses the credential, as 'kubectl -n kube-system rollout restart daemonset openstack-cloud-controller-manager': before Kubernetes v1.34 nothing does so by itself")
	}
	return o.finish(ctx, s, cluster.Update, c, fmt.Sprintf("cluster %q gets a new credential of %s", c.Name, s.User().Name))
}

// refuseRestricted refuses what no restricted application credential can do: Magnum
// accepts it, and the cluster fails.
func refuseRestricted(s *session.Session, what string) error {
	if !s.Restricted() {
		return nil
	}
	return clierr.Errorf("sign in with a password, or with an application credential that was made with --unrestricted",
		"a restricted application credential cannot %s: the cluster needs a credential of its own, and this one may make none", what)
}
