package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/internal/session"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// newNodeGroup returns the commands about node groups.
func newNodeGroup(env cli.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "nodegroup",
		Aliases: []string{"nodegroups", "ng"},
		Short:   "Look after the node groups of a cluster",
		Long: `Look after the node groups of a cluster: sets of machines that are alike. Each
cluster has default-master and default-worker; more can be added, of another
flavor, with limits for the autoscaler and with labels and taints of their own.`,
		Example: `  kubectl catalyst cluster nodegroup list prod
  kubectl catalyst cluster nodegroup create prod gpu --flavor c2-gpu.c8r64g1 --nodes 1 --wait`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newGroupList(env), newGroupCreate(env), newGroupUpdate(env), newGroupDelete(env))
	return cmd
}

// groupListOptions is the command line of cluster nodegroup list.
type groupListOptions struct {
	session.Identity
	output *cli.OutputFlag
}

func newGroupList(env cli.Env) *cobra.Command {
	o := &groupListOptions{Identity: session.Identity{Env: env}, output: cli.Output("table", "wide", "json", "yaml", "name")}
	cmd := &cobra.Command{
		Use:   "list CLUSTER",
		Short: "List the node groups of a cluster",
		Long: `List the node groups of a cluster.

Labels and taints of nodes, and why a group failed, which -o wide, json and yaml
show too, cost one more request for each group.`,
		Example: `  kubectl catalyst cluster nodegroup list prod
  kubectl catalyst cluster nodegroup list prod -o wide`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args[0]) },
	}
	o.Bind(cmd.Flags())
	o.output.Bind(cmd.Flags())
	return cmd
}

func (o *groupListOptions) run(ctx context.Context, ref string) error {
	s, err := o.Connect(ctx)
	if err != nil {
		return err
	}
	groups, err := s.Magnum.NodeGroups(ctx, ref)
	if err == nil && o.output.Value != "table" && o.output.Value != "name" {
		groups, err = s.Magnum.NodeGroupDetails(ctx, ref, groups)
	}
	if err != nil {
		return err
	}
	return o.output.Print(o.Env.Out, groups, cli.Rows(groups, func(g magnum.NodeGroup) string { return clierr.Clean(g.Name) }, groupColumns...))
}

var groupColumns = []cli.Column[magnum.NodeGroup]{
	{Title: "NODE GROUP", Cell: func(g magnum.NodeGroup) string { return g.Name }},
	{Title: "ROLE", Cell: func(g magnum.NodeGroup) string { return g.Role }},
	{Title: "NODES", Cell: func(g magnum.NodeGroup) string { return strconv.Itoa(g.NodeCount) }},
	{Title: "MIN", Cell: func(g magnum.NodeGroup) string { return strconv.Itoa(g.MinNodeCount) }},
	{Title: "MAX", Cell: func(g magnum.NodeGroup) string {
		if g.MaxNodeCount == nil {
			return "no limit"
		}
		return strconv.Itoa(*g.MaxNodeCount)
	}},
	{Title: "FLAVOR", Cell: func(g magnum.NodeGroup) string { return g.FlavorID }},
	{Title: "STATUS", Cell: func(g magnum.NodeGroup) string { return g.Status }},
	{Title: "NODE LABELS", Wide: true, Cell: func(g magnum.NodeGroup) string { return cli.Pairs(g.NodeLabels) }},
	{Title: "TAINTS", Wide: true, Cell: func(g magnum.NodeGroup) string {
		var all []string
		for _, t := range g.NodeTaints {
			all = append(all, fmt.Sprintf("%s=%s:%s", t.Key, t.Value, t.Effect))
		}
		return strings.Join(all, ",")
	}},
	{Title: "REASON", Wide: true, Cell: func(g magnum.NodeGroup) string { return g.StatusReason }},
}

// groupOptions is the command line that the commands that change a node group share.
type groupOptions struct {
	changeOptions
	spec cluster.GroupSpec
}

func (o *groupOptions) complete(args []string) error {
	if len(args) != 2 {
		return clierr.New(clierr.Usage, "", "name one cluster and one node group")
	}
	o.spec.Name = args[1]
	return o.changeOptions.complete(args[:1])
}

// bindScaling adds the flags about limits, labels and taints of nodes.
func (o *groupOptions) bindScaling(fs *pflag.FlagSet, autoscale string) {
	fs.StringVar(&o.spec.Autoscale, "autoscale", "", autoscale)
	fs.StringArrayVar(&o.spec.NodeLabels, "node-label", nil, "KEY=VALUE, a label of the Kubernetes nodes; may be repeated")
	fs.StringArrayVar(&o.spec.Taints, "taint", nil, "KEY=VALUE:EFFECT, a taint of the Kubernetes nodes; may be repeated")
}

// findGroups returns the cluster and its node groups, where nothing else is going on.
func (o *groupOptions) findGroups(ctx context.Context) (*session.Session, *magnum.Cluster, []magnum.NodeGroup, error) {
	s, err := o.Connect(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	c, groups, err := askWithGroups(ctx, s, o.cluster)
	switch {
	case err != nil:
	case groups == nil:
		err = clierr.Errorf("", "this cloud's Magnum is too old for node groups")
	default:
		err = cluster.CheckIdle(c)
	}
	return s, c, groups, err
}

// groupCreateOptions is the command line of cluster nodegroup create.
type groupCreateOptions struct {
	groupOptions
	request magnum.NewNodeGroup
}

func newGroupCreate(env cli.Env) *cobra.Command {
	o := &groupCreateOptions{groupOptions: groupOptions{changeOptions: newChangeOptions(env)}}
	cmd := &cobra.Command{
		Use:   "create CLUSTER NODEGROUP",
		Short: "Add a node group to a cluster",
		Long: `Add a node group to a cluster: nodes of a flavor of their own, such as one with a
GPU, with limits for the autoscaler, and with labels and taints that each new node
gets.

What is left out is as the cluster has it. Labels and taints of nodes need a Magnum
that speaks version 1.14; others refuse them, and nothing is created.`,
		Example: `  # Nodes with a GPU, for pods that ask for one and tolerate the taint
  kubectl catalyst cluster nodegroup create prod gpu --flavor c2-gpu.c8r64g1 --taint nvidia.com/gpu=present:NoSchedule --wait

  # None to ten nodes as needed
  kubectl catalyst cluster nodegroup create prod batch --autoscale 0-10`,
		Args: func(cmd *cobra.Command, args []string) error { return o.complete(cmd.Flags(), args) },
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	fs := cmd.Flags()
	o.bind(fs)
	fs.IntVar(&o.spec.Nodes, "nodes", 1, "how many nodes (default: the least that --autoscale allows, else 1)")
	fs.StringVar(&o.spec.Flavor, "flavor", "", "flavor of the nodes (default: the cluster's)")
	fs.StringVar(&o.spec.Role, "role", "", "what the nodes are for (default: worker)")
	fs.StringVar(&o.spec.Image, "image", "", "image of the nodes (default: the cluster's)")
	fs.StringArrayVarP(&o.spec.Labels, "label", "l", nil, "KEY=VALUE, a label of Magnum's, added to those of the cluster; may be repeated")
	o.bindScaling(fs, "MIN-MAX, let the autoscaler choose how many nodes there are")
	fs.StringVar(&o.spec.Ticket, "ticket", "", "number of the support ticket that allows more than 50 nodes")
	return cmd
}

func (o *groupCreateOptions) complete(fs *pflag.FlagSet, args []string) error {
	if err := o.groupOptions.complete(args); err != nil {
		return err
	}
	if o.spec.Nodes < 0 {
		return clierr.New(clierr.Usage, "", "--nodes cannot be negative")
	}
	if !fs.Changed("nodes") {
		o.spec.Nodes = -1
	}
	var err error
	o.request, err = o.spec.Request()
	return err
}

func (o *groupCreateOptions) run(ctx context.Context) error {
	s, c, groups, err := o.findGroups(ctx)
	if err != nil {
		return err
	}
	if g, err := cluster.NodeGroup(c, groups, o.spec.Name); err == nil {
		return clierr.Errorf(fmt.Sprintf("'kubectl catalyst cluster resize %s --nodegroup %s --nodes N' changes its size", c.Name, g.Name),
			"cluster %q has a node group %q already", c.Name, g.Name)
	}
	if err := s.Magnum.CreateNodeGroup(ctx, c.UUID, o.request); err != nil {
		return err
	}
	return o.finish(ctx, s, cluster.Update, c, fmt.Sprintf("cluster %q gets node group %q with %d nodes", c.Name, o.spec.Name, o.request.NodeCount))
}

// groupUpdateOptions is the command line of cluster nodegroup update.
type groupUpdateOptions struct {
	groupOptions
	change magnum.NodeGroupChange
}

func newGroupUpdate(env cli.Env) *cobra.Command {
	o := &groupUpdateOptions{groupOptions: groupOptions{changeOptions: newChangeOptions(env)}}
	cmd := &cobra.Command{
		Use:   "update CLUSTER NODEGROUP",
		Short: "Change the limits, labels and taints of a node group",
		Long: `Change the limits that the autoscaler keeps to in a node group, or the labels and
taints that its nodes get. The number of nodes is changed by 'cluster resize'.

Labels and taints take the place of those that the group has, and need a Magnum
that speaks version 1.14.`,
		Example: `  kubectl catalyst cluster nodegroup update prod default-worker --autoscale 2-10
  kubectl catalyst cluster nodegroup update prod gpu --taint nvidia.com/gpu=present:NoSchedule`,
		Args: func(_ *cobra.Command, args []string) error { return o.complete(args) },
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	o.bind(cmd.Flags())
	o.bindScaling(cmd.Flags(), "MIN-MAX, how many nodes the autoscaler may choose; none lifts the limits")
	return cmd
}

func (o *groupUpdateOptions) complete(args []string) error {
	if err := o.groupOptions.complete(args); err != nil {
		return err
	}
	if o.spec.Autoscale == "" && len(o.spec.NodeLabels)+len(o.spec.Taints) == 0 {
		return clierr.New(clierr.Usage, "give --autoscale, --node-label or --taint; 'kubectl catalyst cluster resize' changes the number of nodes", "there is nothing to change")
	}
	var err error
	o.change, err = o.spec.Change()
	return err
}

func (o *groupUpdateOptions) run(ctx context.Context) error {
	s, c, groups, err := o.findGroups(ctx)
	if err != nil {
		return err
	}
	g, err := cluster.NodeGroup(c, groups, o.spec.Name)
	if err == nil {
		err = cluster.CheckRange(c, g, o.change)
	}
	if err != nil {
		return err
	}
	if err := s.Magnum.UpdateNodeGroup(ctx, c.UUID, g.UUID, o.change); err != nil {
		return err
	}
	return o.finish(ctx, s, cluster.Update, c, fmt.Sprintf("node group %q of cluster %q is being changed", g.Name, c.Name))
}

// groupDeleteOptions is the command line of cluster nodegroup delete.
type groupDeleteOptions struct {
	groupOptions
	yes bool
}

func newGroupDelete(env cli.Env) *cobra.Command {
	o := &groupDeleteOptions{groupOptions: groupOptions{changeOptions: newChangeOptions(env)}}
	cmd := &cobra.Command{
		Use:   "delete CLUSTER NODEGROUP",
		Short: "Delete a node group with its nodes",
		Long: `Delete a node group with its nodes. What runs there moves to other nodes if they
have room, and local data is lost. You are asked for the node group's name; --yes
does without the question, and is needed where nobody can be asked.

Some drivers of Cluster API never end a deletion: the nodes go, but the cluster
stays UPDATE_IN_PROGRESS, and takes no other change until the cloud's operators
step in. Where Magnum is old enough for that a warning says so; 'cluster resize
--nodes 0' has the same effect on the bill.`,
		Example: `  kubectl catalyst cluster nodegroup delete prod gpu --wait
  kubectl catalyst cluster nodegroup delete prod gpu --yes`,
		Args: func(_ *cobra.Command, args []string) error { return o.complete(args) },
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	o.bind(cmd.Flags())
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	return cmd
}

func (o *groupDeleteOptions) run(ctx context.Context) error {
	if !o.yes && o.Env.Terminal == nil {
		return errNobodyToAsk
	}
	s, c, groups, err := o.findGroups(ctx)
	if err != nil {
		return err
	}
	g, err := cluster.NodeGroup(c, groups, o.spec.Name)
	if err != nil {
		return err
	}
	if g.IsDefault {
		return clierr.Errorf("", "node group %q came with cluster %q and goes with it", g.Name, c.Name)
	}
	if err := o.confirm(ctx, s, c, g); err != nil {
		return err
	}
	if err := s.Magnum.DeleteNodeGroup(ctx, c.UUID, g.UUID); err != nil {
		return err
	}
	return o.finish(ctx, s, cluster.Update, c, fmt.Sprintf("node group %q of cluster %q is being deleted", g.Name, c.Name))
}

// confirm warns of a deletion that may never end, and asks for the group's name.
func (o *groupDeleteOptions) confirm(ctx context.Context, s *session.Session, c *magnum.Cluster, g *magnum.NodeGroup) error {
	if cluster.MayHang(c, s.Magnum.Served(ctx)) {
		o.Env.Warn(fmt.Sprintf("with this cloud's Magnum the deletion of node group %q may never end, and cluster %q would take no other change", g.Name, c.Name),
			fmt.Sprintf("'kubectl catalyst cluster resize %s --nodegroup %s --nodes 0' costs nothing either, and ends", c.Name, g.Name))
	}
	if o.yes {
		return nil
	}
	typed, err := o.Env.Terminal.Ask(ctx, fmt.Sprintf("This deletes node group %q of cluster %q with %d nodes. Type its name:", g.Name, c.Name, g.NodeCount), false)
	if err == nil && typed != g.Name {
		err = errors.New("that is not its name: nothing is changed")
	}
	return err
}

// printGroups writes a table of node groups.
func printGroups(w io.Writer, groups []magnum.NodeGroup) error {
	return cli.NewTable(w, false, groupColumns...).Print(groups...)
}
