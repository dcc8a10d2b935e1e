package cluster

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
)

// resizeOptions is the command line of cluster resize.
type resizeOptions struct {
	changeOptions
	nodes         int
	group, ticket string
}

func newResize(env cli.Env) *cobra.Command {
	o := &resizeOptions{changeOptions: newChangeOptions(env)}
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

func (o *resizeOptions) complete(fs *pflag.FlagSet, args []string) error {
	if err := o.changeOptions.complete(args); err != nil {
		return err
	}
	if !fs.Changed("nodes") {
		return clierr.New(clierr.Usage, "", "--nodes is needed")
	}
	return errors.Join(cluster.CheckNodes(o.nodes, -1, -1), cluster.CheckTicket(o.nodes, o.ticket))
}

func (o *resizeOptions) run(ctx context.Context) error {
	s, err := o.Connect(ctx)
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
		fmt.Fprintf(o.Env.ErrOut, "cluster %q has %d nodes already\n", clierr.Clean(c.Name), now)
		return nil
	}
	if err := s.Magnum.Resize(ctx, c.UUID, o.group, o.nodes); err != nil {
		return err
	}
	return o.finish(ctx, s, cluster.Update, c, fmt.Sprintf("cluster %q goes from %d to %d nodes", c.Name, now, o.nodes))
}
