package template

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/internal/session"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// listOptions is the command line of template list.
type listOptions struct {
	session.Identity
	kubeconfig string
	cluster    string // to compare with; "" for the one kubectl uses, if it is ours
	allRegions bool
	output     *cli.OutputFlag
}

func newList(env cli.Env) *cobra.Command {
	o := &listOptions{Identity: session.Identity{Env: env}, output: cli.Output("table", "wide", "json", "yaml", "name")}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List what clusters can be made from, newest first",
		Long: `List the templates that clusters are made from, newest first.

A cluster at hand is compared with each: the one that --cluster names, or else
the one that kubectl uses now when you logged in to it with this program. The
column UPGRADE then says what the cluster can be upgraded to, and what is newer
but has to wait for a version in between.`,
		Example: `  kubectl catalyst template list
  kubectl catalyst template list --cluster prod`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	fs := cmd.Flags()
	o.Bind(fs)
	o.output.Bind(fs)
	fs.StringVar(&o.cluster, "cluster", "", "compare with this cluster")
	fs.BoolVar(&o.allRegions, "all-regions", false, "list the templates of every region")
	cli.BindKubeconfig(fs, &o.kubeconfig, "kubeconfig in which to find the cluster at hand")
	return cmd
}

func (o *listOptions) run(ctx context.Context) error {
	if o.cluster != "" {
		if err := magnum.CheckRef("cluster", o.cluster); err != nil {
			return err
		}
	}
	regions, err := o.ConnectRegions(ctx, o.allRegions)
	if err != nil {
		return err
	}
	all, err := session.AskEach(ctx, regions, o.ask)
	if len(all) == 0 && err != nil {
		return err
	}
	return errors.Join(o.print(all), err)
}

// ask asks for the templates of a region and for the cluster to compare with at
// the same time. Only a cluster that was named has to be there.
func (o *listOptions) ask(ctx context.Context, s *session.Session) ([]cluster.TemplateView, error) {
	ref := o.cluster
	if ref == "" {
		ref = o.currentCluster(s)
	}
	var list []magnum.Template
	var c *magnum.Cluster
	var err, clusterErr error
	var wg sync.WaitGroup
	wg.Go(func() { list, err = s.Magnum.Templates(ctx) })
	if ref != "" {
		wg.Go(func() { c, clusterErr = s.Magnum.Cluster(ctx, ref) })
	}
	wg.Wait()
	var gone *magnum.NotFound
	switch {
	case err != nil:
		return nil, err
	case o.cluster != "" && clusterErr != nil && !(o.allRegions && errors.As(clusterErr, &gone)):
		return nil, clusterErr
	case clusterErr != nil:
		c = nil
	}
	slices.SortStableFunc(list, func(a, b magnum.Template) int { return cluster.CompareTemplates(&b, &a) })
	views := make([]cluster.TemplateView, len(list))
	for i := range list {
		t := &list[i]
		views[i] = cluster.TemplateView{Template: *t, Region: s.Region(), Version: session.VersionText(cluster.TemplateVersion(t)), Support: cluster.Support(t)}
		if c != nil {
			views[i].Cluster, views[i].Upgrade = c.Name, cluster.CompareTo(c, t)
		}
	}
	return views, nil
}

// currentCluster returns the cluster that kubectl uses now, if it is one of this
// project and region.
func (o *listOptions) currentCluster(s *session.Session) string {
	for _, l := range o.Logins(o.kubeconfig) {
		if l.Current && l.ProjectID == s.Project().ID && l.Region == s.Region() {
			return l.ClusterUUID
		}
	}
	return ""
}

func (o *listOptions) print(all []cluster.TemplateView) error {
	type view = cluster.TemplateView
	name := func(v view) string { return clierr.Clean(v.Name) }
	columns := []cli.Column[view]{
		{Title: "NAME", Cell: name},
		{Title: "VERSION", Cell: func(v view) string { return v.Version }},
		{Title: "NETWORK", Cell: func(v view) string { return v.NetworkDriver }},
		{Title: "SUPPORT", Cell: func(v view) string { return v.Support }},
	}
	if slices.ContainsFunc(all, func(v view) bool { return v.Cluster != "" }) {
		columns = append(columns, cli.Column[view]{Title: "UPGRADE", Cell: func(v view) string { return v.Upgrade }})
	}
	if o.allRegions {
		columns = append(columns, cli.Column[view]{Title: "REGION", Cell: func(v view) string { return v.Region }})
	}
	columns = append(columns, []cli.Column[view]{
		{Title: "UUID", Wide: true, Cell: func(v view) string { return v.UUID }},
		{Title: "FLAVOR", Wide: true, Cell: func(v view) string { return v.FlavorID }},
		{Title: "PUBLIC", Wide: true, Cell: func(v view) string { return strconv.FormatBool(v.Public) }},
		{Title: "TAGS", Wide: true, Cell: func(v view) string { return v.Tags }},
		{Title: "CREATED", Wide: true, Cell: func(v view) string { return v.CreatedAt }},
	}...)
	return o.output.Print(o.Env.Out, all, cli.Rows(all, name, columns...))
}
