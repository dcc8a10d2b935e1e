package catalyst

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// clusterDeleteOptions is the command line of cluster delete.
type clusterDeleteOptions struct {
	changeOptions
	yes        bool
	kubeconfig string
}

func newClusterDelete(env cli.Env) *cobra.Command {
	o := &clusterDeleteOptions{changeOptions: newChangeOptions(env)}
	cmd := &cobra.Command{
		Use:   "delete CLUSTER",
		Short: "Delete a cluster",
		Long: `Delete a cluster, and your login to it.

You are shown what will stay and cost money, the persistent volumes, and what may
be in the way, other servers in the cluster's network; then you are asked for the
cluster's name. --yes does without the question, and is needed where nobody can
be asked.`,
		Example: `  kubectl catalyst cluster delete prod
  kubectl catalyst cluster delete prod --yes --wait`,
		Args: func(_ *cobra.Command, args []string) error { return o.complete(args) },
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	fs := cmd.Flags()
	o.bind(fs)
	fs.BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	fs.StringVar(&o.kubeconfig, "kubeconfig", "", "kubeconfig to remove the login from (KUBECONFIG, or ~/.kube/config)")
	return cmd
}

func (o *clusterDeleteOptions) run(ctx context.Context) error {
	if !o.yes && o.env.Terminal == nil {
		return clierr.New(clierr.Usage, "add --yes when you are sure", "there is no terminal to ask for the name of the cluster")
	}
	s, err := o.connect(ctx)
	if err != nil {
		return err
	}
	c, err := s.magnum.Cluster(ctx, o.cluster)
	if err != nil {
		return err
	}
	if c.Deleting() {
		return clierr.Errorf(fmt.Sprintf("'kubectl catalyst cluster wait %s' shows how it goes", c.Name), "cluster %q is being deleted already", c.Name)
	}
	o.warnAboutRemains(ctx, s, c)
	if err := o.confirm(ctx, c); err != nil {
		return err
	}
	if err := s.magnum.Delete(ctx, c.UUID); err != nil {
		return err
	}
	if err := o.accepted(ctx, s, cluster.Delete, c, fmt.Sprintf("cluster %q is being deleted", c.Name)); err != nil {
		return err
	}
	return o.logOut(ctx, c.UUID)
}

// confirm asks for the cluster's name.
func (o *clusterDeleteOptions) confirm(ctx context.Context, c *magnum.Cluster) error {
	if o.yes {
		return nil
	}
	typed, err := o.env.Terminal.Ask(ctx, fmt.Sprintf("This deletes cluster %q (%s) for ever. Type its name:", c.Name, c.UUID), false)
	if err == nil && typed != c.Name {
		err = errors.New("that is not its name: nothing is deleted")
	}
	return err
}

// warnAboutRemains says what stays when the cluster is gone. A cluster that
// cannot be asked any more does not keep anybody from deleting it.
func (o *clusterDeleteOptions) warnAboutRemains(ctx context.Context, s *session, c *magnum.Cluster) {
	volumes, err := o.volumesOf(ctx, s, c, o.logins(o.kubeconfig))
	if err != nil {
		o.env.Warn("persistent volumes stay when a cluster is deleted, and whether it has any is not known: "+err.Error(), "")
	}
	for _, v := range volumes {
		o.env.Warn(fmt.Sprintf("persistent volume %s (%s, of %s) will stay and cost money", v.name, v.size, v.claim),
			"keep what is in it, then delete the claim before the cluster, or the volume after it with 'openstack volume delete'")
	}
	if c.FixedNetwork != "" {
		return // a network of the user's own stays anyway
	}
	others, err := s.neighbours(ctx, c)
	if err != nil {
		o.debug(1, err.Error())
		o.env.Warn("a bastion or another server in the network of the cluster keeps it from being deleted; whether there is one is not known", "")
	}
	for _, name := range others {
		o.env.Warn(fmt.Sprintf("server %q is in the network of the cluster and keeps it from being deleted", name),
			"if it is a bastion for this cluster alone, delete it first")
	}
}

// logOut removes the logins to a cluster that is gone.
func (o *clusterDeleteOptions) logOut(ctx context.Context, uuid string) error {
	files, err := kubeconfig.Locate(o.kubeconfig, o.env.Getenv)
	if err != nil {
		return err
	}
	present, err := files.List()
	if err != nil || !slices.ContainsFunc(present, func(l kubeconfig.Owned) bool { return l.ClusterUUID == uuid }) {
		return err
	}
	l := &logoutOptions{identity: o.identity, kubeconfig: o.kubeconfig, clusters: []string{uuid}}
	return l.run(ctx)
}
