package cluster

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/internal/session"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/release"
)

// listOptions is the command line of cluster list.
type listOptions struct {
	session.Identity
	kubeconfig        string
	allRegions, watch bool
	output            *cli.OutputFlag
}

func newList(env cli.Env) *cobra.Command {
	o := &listOptions{Identity: session.Identity{Env: env}, output: cli.Output("table", "wide", "json", "yaml", "name")}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the clusters of the project",
		Long: `List the clusters of the project.

In JSON and YAML the fields have the names that openstack coe cluster list and
show give them, and there are more: region, api_access (public or private),
contexts (of your logins), kubectl_skew (why the kubectl here does not suit) and
node_groups. Node groups, which -o wide shows too, cost one more request for each
cluster.`,
		Example: `  kubectl catalyst cluster list
  kubectl catalyst cluster list --all-regions -o wide
  kubectl catalyst cluster list --watch`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	fs := cmd.Flags()
	o.Bind(fs)
	o.output.Bind(fs)
	fs.BoolVar(&o.allRegions, "all-regions", false, "list the clusters of every region")
	fs.BoolVarP(&o.watch, "watch", "w", false, "go on and show what changes, until Ctrl-C")
	cli.BindKubeconfig(fs, &o.kubeconfig, "kubeconfig to look for logins in")
	return cmd
}

func (o *listOptions) run(ctx context.Context) error {
	regions, err := o.ConnectRegions(ctx, o.allRegions)
	if err != nil {
		return err
	}
	kubectl := session.KubectlVersion(ctx)
	columns := o.columns(kubectl)
	ask := func(ctx context.Context) ([]cluster.View, error) {
		v := viewer{logins: o.Logins(o.kubeconfig), kubectl: kubectl}
		return session.AskEach(ctx, regions, func(ctx context.Context, s *session.Session) ([]cluster.View, error) { return o.ask(ctx, s, v) })
	}
	if o.watch {
		w := watcher{env: o.Env, every: watchEvery, ask: ask, print: o.printChanges(columns)}
		return w.run(ctx)
	}
	all, err := ask(ctx)
	if len(all) == 0 && err != nil {
		return err
	}
	return errors.Join(o.print(all, columns), err)
}

// ask asks for the clusters of a region.
func (o *listOptions) ask(ctx context.Context, s *session.Session, v viewer) ([]cluster.View, error) {
	list, err := s.Magnum.Clusters(ctx)
	if err != nil {
		return nil, err
	}
	views := make([]cluster.View, len(list))
	for i := range list {
		views[i] = v.view(s, &list[i])
	}
	return views, o.addGroups(ctx, s, views)
}

// groupsAtOnce bounds how many clusters' node groups are asked for at a time:
// each question is a second of work for Magnum.
const groupsAtOnce = 4

// addGroups asks for the node groups, where the output has them. A Magnum too
// old for them and a cluster that is gone meanwhile have none.
func (o *listOptions) addGroups(ctx context.Context, s *session.Session, views []cluster.View) error {
	if o.output.Value == "table" || o.output.Value == "name" {
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(groupsAtOnce)
	for i := range views {
		group.Go(func() (err error) {
			views[i].NodeGroups, err = s.Magnum.NodeGroups(ctx, views[i].UUID)
			var old *magnum.TooOld
			var gone *magnum.NotFound
			if errors.As(err, &old) || errors.As(err, &gone) {
				return nil
			}
			return err
		})
	}
	return group.Wait()
}

func (o *listOptions) print(all []cluster.View, columns []cli.Column[cluster.View]) error {
	if len(all) == 0 && o.output.IsTable() {
		fmt.Fprintln(o.Env.ErrOut, "No clusters; 'kubectl catalyst cluster create' makes one.")
		return nil
	}
	return o.output.Print(o.Env.Out, all, cli.Rows(all, nameOf, columns...))
}

// printChanges returns what prints clusters as they change, a document each or a
// line each.
func (o *listOptions) printChanges(columns []cli.Column[cluster.View]) func([]cluster.View) error {
	if o.output.Value == "name" {
		columns = []cli.Column[cluster.View]{{Cell: nameOf}}
	}
	table := cli.NewTable(o.Env.Out, o.output.Value == "wide", columns...)
	return func(changed []cluster.View) error {
		if o.output.Value != "json" && o.output.Value != "yaml" {
			return table.Print(changed...)
		}
		var errs []error
		for _, v := range changed {
			errs = append(errs, o.output.Print(o.Env.Out, v, nil))
		}
		return errors.Join(errs...)
	}
}

func nameOf(v cluster.View) string { return clierr.Clean(v.Name) }

func (o *listOptions) columns(kubectl func() (release.Version, bool)) []cli.Column[cluster.View] {
	all := []cli.Column[cluster.View]{
		{Title: "REGION", Cell: func(v cluster.View) string { return v.Region }},
		{Title: "NAME", Cell: nameOf},
		{Title: "STATUS", Cell: func(v cluster.View) string { return v.Status }},
		{Title: "HEALTH", Cell: func(v cluster.View) string { return v.HealthStatus }},
		{Title: "VERSION", Cell: func(v cluster.View) string { return session.VersionText(cluster.Version(&v.Cluster)) }},
		{Title: "MASTERS", Cell: func(v cluster.View) string { return strconv.Itoa(v.MasterCount) }},
		{Title: "NODES", Cell: func(v cluster.View) string { return strconv.Itoa(v.NodeCount) }},
		{Title: "API", Cell: func(v cluster.View) string { return v.APIAccess }},
		{Title: "CONTEXT", Cell: func(v cluster.View) string { return strings.Join(v.Contexts, ",") }},
		{Title: "NODE GROUPS", Wide: true, Cell: func(v cluster.View) string { return groupsOf(v.NodeGroups) }},
		{Title: "UUID", Wide: true, Cell: func(v cluster.View) string { return v.UUID }},
		{Title: "KEYPAIR", Wide: true, Cell: func(v cluster.View) string { return v.Keypair }},
		{Title: "SERVER", Wide: true, Cell: func(v cluster.View) string { return v.APIAddress }},
		{Title: "CREATED", Wide: true, Cell: func(v cluster.View) string { return v.Created() }},
		{Title: "KUBECTL", Wide: true, Cell: func(v cluster.View) string { return skewOf(v, kubectl) }},
	}
	if !o.allRegions {
		return all[1:]
	}
	return all
}

// skewOf returns why the kubectl here does not suit a cluster, or "ok"; "" where that
// is not known.
func skewOf(v cluster.View, kubectl func() (release.Version, bool)) string {
	if _, known := kubectl(); v.KubectlSkew == "" && known && v.COEVersion != "" {
		return "ok"
	}
	return v.KubectlSkew
}

// groupsOf names node groups with their numbers of nodes.
func groupsOf(groups []magnum.NodeGroup) string {
	all := make([]string, len(groups))
	for i, g := range groups {
		all[i] = fmt.Sprintf("%s=%d", g.Name, g.NodeCount)
	}
	return strings.Join(all, ",")
}
