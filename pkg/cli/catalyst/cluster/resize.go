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
		Short: "Change the number of nodes or masters",
		Long: `Change the number of nodes of a cluster, or of one of its node groups, also to 0;
with --nodegroup default-master that of the masters, where the driver can: 1, 3, 5
or 7.

The limits of the node group are kept, and where it has none those of the labels
that the cluster was created with ('cluster nodegroup update' changes them). A cluster whose last
change failed is healed by a resize, also to the number of nodes that it has.`,
		Example: `  kubectl catalyst cluster resize prod --nodes 8 --wait
  kubectl catalyst cluster resize prod --nodes 2 --nodegroup gpu
  kubectl catalyst cluster resize prod --nodes 3 --nodegroup default-master`,
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
	g, err := cluster.Resize(c, groups, o.group, o.nodes)
	if err != nil {
		return err
	}
	machines := "nodes"
	if g.Role == "master" {
		machines = "masters"
	}
	if g.NodeCount == o.nodes && !c.Failed() {
		fmt.Fprintf(o.Env.ErrOut, "cluster %q has %d %s already\n", clierr.Clean(c.Name), g.NodeCount, machines)
		return nil
	}
	if err := s.Magnum.Resize(ctx, c.UUID, o.group, o.nodes); err != nil {
		return err
	}
	return o.finish(ctx, s, cluster.Update, c, fmt.Sprintf("cluster %q goes from %d to %d %s", c.Name, g.NodeCount, o.nodes, machines))
}
