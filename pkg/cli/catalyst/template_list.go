package catalyst

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// templateListOptions is the command line of template list.
type templateListOptions struct {
	identity
	kubeconfig string
	cluster    string // to compare with; "" for the one kubectl uses, if it is ours
	allRegions bool
	output     *cli.OutputFlag
}

func newTemplateList(env cli.Env) *cobra.Command {
	o := &templateListOptions{identity: identity{env: env}, output: cli.Output("table", "wide", "json", "yaml", "name")}
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
	o.bind(fs)
	o.output.Bind(fs)
	fs.StringVar(&o.cluster, "cluster", "", "compare with this cluster")
	fs.BoolVar(&o.allRegions, "all-regions", false, "list the templates of every region")
	fs.StringVar(&o.kubeconfig, "kubeconfig", "", "kubeconfig in which to find the cluster at hand (KUBECONFIG, or ~/.kube/config)")
	return cmd
}

func (o *templateListOptions) run(ctx context.Context) error {
	if o.cluster != "" {
		if err := magnum.CheckRef("cluster", o.cluster); err != nil {
			return err
		}
	}
	regions, err := o.sessions(ctx, o.allRegions)
	if err != nil {
		return err
	}
	all, err := each(ctx, regions, o.ask)
	if len(all) == 0 && err != nil {
		return err
	}
	return errors.Join(o.print(all), err)
}

// ask asks for the templates of a region and for the cluster at hand at the
// same time. Only a cluster that was asked for has to be there.
func (o *templateListOptions) ask(ctx context.Context, s *session) ([]cluster.TemplateView, error) {
	ref := o.cluster
	if ref == "" {
		ref = o.atHand(s)
	}
	var list []magnum.Template
	var c *magnum.Cluster
	var err, clusterErr error
	var wg sync.WaitGroup
	wg.Go(func() { list, err = s.magnum.Templates(ctx) })
	if ref != "" {
		wg.Go(func() { c, clusterErr = s.magnum.Cluster(ctx, ref) })
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
		views[i] = cluster.TemplateView{Template: *t, Region: s.Region(), Version: templateVersion(t), Support: cluster.Support(t)}
		if c != nil {
			views[i].Cluster, views[i].Upgrade = c.Name, cluster.CompareTo(c, t)
		}
	}
	return views, nil
}

// atHand is the cluster that kubectl uses now, if it is one of this project and
// region.
func (o *templateListOptions) atHand(s *session) string {
	for _, l := range o.logins(o.kubeconfig) {
		if l.Current && l.ProjectID == s.Project().ID && l.Region == s.Region() {
			return l.ClusterUUID
		}
	}
	return ""
}

func (o *templateListOptions) print(all []cluster.TemplateView) error {
	switch o.output.Value {
	case "json", "yaml":
		return cli.PrintObject(o.env.Out, o.output.Value, all)
	case "name":
		o.names(all)
		return nil
	}
	compared := slices.ContainsFunc(all, func(v cluster.TemplateView) bool { return v.Cluster != "" })
	wide := o.output.Value == "wide"
	header := []string{"NAME", "VERSION", "NETWORK", "SUPPORT"}
	if compared {
		header = append(header, "UPGRADE")
	}
	if o.allRegions {
		header = append(header, "REGION")
	}
	if wide {
		header = append(header, "UUID", "FLAVOR", "PUBLIC", "TAGS", "CREATED")
	}
	rows := make([][]string, len(all))
	for i, v := range all {
		r := []string{v.Name, v.Version, v.NetworkDriver, v.Support}
		if compared {
			r = append(r, v.Upgrade)
		}
		if o.allRegions {
			r = append(r, v.Region)
		}
		if wide {
			r = append(r, v.UUID, v.FlavorID, strconv.FormatBool(v.Public), v.Tags, v.CreatedAt)
		}
		rows[i] = r
	}
	return cli.PrintTable(o.env.Out, header, rows)
}
