package catalyst

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// clusterListOptions is the command line of cluster list.
type clusterListOptions struct {
	identity
	kubeconfig        string
	allRegions, watch bool
	output            *cli.OutputFlag
	regions           []*session
	viewer            viewer
}

func newClusterList(env cli.Env) *cobra.Command {
	o := &clusterListOptions{identity: identity{env: env}, output: cli.Output("table", "wide", "json", "yaml", "name")}
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
	o.bind(fs)
	o.output.Bind(fs)
	fs.BoolVar(&o.allRegions, "all-regions", false, "list the clusters of every region")
	fs.BoolVarP(&o.watch, "watch", "w", false, "go on and show what changes, until Ctrl-C")
	fs.StringVar(&o.kubeconfig, "kubeconfig", "", "kubeconfig to look for logins in (KUBECONFIG, or ~/.kube/config)")
	return cmd
}

func (o *clusterListOptions) run(ctx context.Context) (err error) {
	if o.regions, err = o.sessions(ctx, o.allRegions); err != nil {
		return err
	}
	o.viewer.kubectl = kubectlHere(ctx)
	if o.watch {
		w := watcher{env: o.env, every: watchEvery, output: o.output.Value, header: o.header(), ask: o.ask, row: o.row}
		return w.run(ctx)
	}
	all, err := o.ask(ctx)
	if len(all) == 0 && err != nil {
		return err
	}
	return errors.Join(o.print(all), err)
}

func (o *clusterListOptions) ask(ctx context.Context) ([]cluster.View, error) {
	o.viewer.present = o.logins(o.kubeconfig)
	return each(ctx, o.regions, func(ctx context.Context, s *session) ([]cluster.View, error) {
		list, err := s.magnum.Clusters(ctx)
		if err != nil {
			return nil, err
		}
		views := make([]cluster.View, len(list))
		for i := range list {
			views[i] = o.viewer.view(s, &list[i])
		}
		return views, o.addGroups(ctx, s, views)
	})
}

// groupsAtOnce bounds how many clusters' node groups are asked for at a time:
// each question is a second of work for Magnum.
const groupsAtOnce = 4

// addGroups asks for the node groups, where the output has them. A Magnum too
// old for them and a cluster that is gone meanwhile have none.
func (o *clusterListOptions) addGroups(ctx context.Context, s *session, views []cluster.View) error {
	if o.output.Value == "table" || o.output.Value == "name" {
		return nil
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(groupsAtOnce)
	for i := range views {
		group.Go(func() (err error) {
			views[i].NodeGroups, err = s.magnum.NodeGroups(ctx, views[i].UUID)
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

func (o *clusterListOptions) print(all []cluster.View) error {
	switch o.output.Value {
	case "json", "yaml":
		return cli.PrintObject(o.env.Out, o.output.Value, all)
	case "name":
		for _, v := range all {
			fmt.Fprintln(o.env.Out, clierr.Clean(v.Name))
		}
		return nil
	}
	if len(all) == 0 {
		fmt.Fprintln(o.env.ErrOut, "No clusters; 'kubectl catalyst cluster create' makes one.")
		return nil
	}
	rows := make([][]string, len(all))
	for i, v := range all {
		rows[i] = o.row(v)
	}
	return cli.PrintTable(o.env.Out, o.header(), rows)
}

func (o *clusterListOptions) header() []string {
	h := []string{"NAME", "STATUS", "HEALTH", "VERSION", "MASTERS", "NODES", "API", "CONTEXT"}
	if o.allRegions {
		h = append([]string{"REGION"}, h...)
	}
	if o.output.Value == "wide" {
		h = append(h, "NODE GROUPS", "UUID", "KEYPAIR", "SERVER", "CREATED", "KUBECTL")
	}
	return h
}

func (o *clusterListOptions) row(v cluster.View) []string {
	r := []string{v.Name, v.Status, v.HealthStatus, versionOf(&v.Cluster), strconv.Itoa(v.MasterCount), strconv.Itoa(v.NodeCount),
		v.APIAccess, strings.Join(v.Contexts, ",")}
	if o.allRegions {
		r = append([]string{v.Region}, r...)
	}
	if o.output.Value == "wide" {
		skew := v.KubectlSkew
		if _, known := o.viewer.kubectl(); skew == "" && known && v.COEVersion != "" {
			skew = "ok"
		}
		r = append(r, groupsOf(v.NodeGroups), v.UUID, v.Keypair, v.APIAddress, v.Created(), skew)
	}
	return r
}

// groupsOf names node groups with their numbers of nodes.
func groupsOf(groups []magnum.NodeGroup) string {
	all := make([]string, len(groups))
	for i, g := range groups {
		all[i] = fmt.Sprintf("%s=%d", g.Name, g.NodeCount)
	}
	return strings.Join(all, ",")
}

// versionOf is the version of Kubernetes, also of a cluster that is not up yet.
func versionOf(c *magnum.Cluster) string {
	v, ok := cluster.Version(c)
	if !ok {
		return ""
	}
	return v.String()
}
