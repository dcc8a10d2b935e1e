package cluster

import (
	"context"
	"fmt"
	"sync"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/internal/session"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// upgradeOptions is the command line of cluster upgrade.
type upgradeOptions struct {
	changeOptions
	template string
}

func newUpgrade(env cli.Env) *cobra.Command {
	o := &upgradeOptions{changeOptions: newChangeOptions(env)}
	cmd := &cobra.Command{
		Use:   "upgrade CLUSTER --template TEMPLATE",
		Short: "Move a cluster to a newer Kubernetes",
		Long: `Move a cluster to a newer Kubernetes.

One minor version at a time, never down, and nothing from v1.27 or older: what
cannot be is refused here, because Magnum finds out only after it has begun and
leaves the cluster UPDATE_FAILED. Without --template you are told what there is.`,
		Example: `  kubectl catalyst cluster upgrade prod --template v1.36 --wait`,
		Args:    func(_ *cobra.Command, args []string) error { return o.complete(args) },
		RunE:    func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	o.bind(cmd.Flags())
	cmd.Flags().StringVarP(&o.template, "template", "t", "", "template to upgrade to: name, UUID or version such as v1.36")
	return cmd
}

func (o *upgradeOptions) complete(args []string) error {
	if err := o.changeOptions.complete(args); err != nil || o.template == "" {
		return err
	}
	return magnum.CheckRef("template", o.template)
}

func (o *upgradeOptions) run(ctx context.Context) error {
	s, err := o.Connect(ctx)
	if err != nil {
		return err
	}
	var c *magnum.Cluster
	var templates []magnum.Template
	var templateErr error
	var wg sync.WaitGroup
	wg.Go(func() { c, err = s.Magnum.Cluster(ctx, o.cluster) })
	wg.Go(func() { templates, templateErr = s.Magnum.Templates(ctx) })
	wg.Wait()
	if err != nil {
		return err
	}
	if templateErr != nil {
		return templateErr
	}
	t, err := cluster.UpgradeTo(c, templates, o.template)
	if err != nil {
		return err
	}
	if err := s.Magnum.Upgrade(ctx, c.UUID, t.UUID); err != nil {
		return err
	}
	return o.finish(ctx, s, cluster.Update, c, fmt.Sprintf("cluster %q goes from Kubernetes %s to %s", c.Name, session.VersionText(cluster.Version(c)), session.VersionText(cluster.TemplateVersion(t))))
}
