package catalyst

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// clusterResizeOptions is the command line of cluster resize.
type clusterResizeOptions struct {
	changeOptions
	nodes         int
	group, ticket string
}

func newClusterResize(env cli.Env) *cobra.Command {
	o := &clusterResizeOptions{changeOptions: newChangeOptions(env)}
	cmd := &cobra.Command{
		Use:   "resize CLUSTER --nodes N",
		Short: "Change the number of nodes",
		Long: `Change the number of nodes of a cluster, or of one of its node groups.

The limits of the node group and of the autoscaler are kept. A cluster whose last
change failed is healed by a resize, also to the number of nodes that it has.`,
		Example: `  kubectl catalyst cluster resize prod --nodes 8 --wait
  kubectl catalyst cluster resize prod --nodes 2 --nodegroup gpu`,
		Args: func(cmd *cobra.Command, args []string) error { return o.complete(cmd.Flags(), args) },
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	fs := cmd.Flags()
	o.bind(fs)
	fs.IntVar(&o.nodes, "nodes", 0, "how many nodes there are to be")
	fs.StringVar(&o.group, "nodegroup", "", "node group to change (default: the first one of nodes)")
	fs.StringVar(&o.ticket, "ticket", "", "number of the support ticket that allows more than 50 nodes")
	return cmd
}

func (o *clusterResizeOptions) complete(fs *pflag.FlagSet, args []string) error {
	if err := o.changeOptions.complete(args); err != nil {
		return err
	}
	if !fs.Changed("nodes") {
		return clierr.New(clierr.Usage, "", "--nodes is needed")
	}
	return errors.Join(cluster.CheckNodes(o.nodes, -1, -1), cluster.CheckTicket(o.nodes, o.ticket))
}

func (o *clusterResizeOptions) run(ctx context.Context) error {
	s, err := o.connect(ctx)
	if err != nil {
		return err
	}
	c, groups, err := askWithGroups(ctx, s, o.cluster)
	if err != nil {
		return err
	}
	now, err := cluster.Resize(c, groups, o.group, o.nodes)
	if err != nil {
		return err
	}
	if now == o.nodes && !c.Failed() {
		fmt.Fprintf(o.env.ErrOut, "cluster %q has %d nodes already\n", clierr.Clean(c.Name), now)
		return nil
	}
	if err := s.magnum.Resize(ctx, c.UUID, o.group, o.nodes); err != nil {
		return err
	}
	return o.accepted(ctx, s, cluster.Update, c, fmt.Sprintf("cluster %q goes from %d to %d nodes", c.Name, now, o.nodes))
}

// askWithGroups asks for a cluster and its node groups at the same time. Of a
// Magnum too old for node groups there are none.
func askWithGroups(ctx context.Context, s *session, ref string) (*magnum.Cluster, []magnum.NodeGroup, error) {
	var c *magnum.Cluster
	var groups []magnum.NodeGroup
	var err, groupErr error
	var wg sync.WaitGroup
	wg.Go(func() { c, err = s.magnum.Cluster(ctx, ref) })
	wg.Go(func() { groups, groupErr = s.magnum.NodeGroups(ctx, ref) })
	wg.Wait()
	var old *magnum.TooOld
	if err == nil && !errors.As(groupErr, &old) {
		err = groupErr
	}
	return c, groups, err
}
