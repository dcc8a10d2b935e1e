package catalyst

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// clusterShowOptions is the command line of cluster show.
type clusterShowOptions struct {
	identity
	kubeconfig string
	watch      bool
	output     *cli.OutputFlag
	viewer     viewer
}

func newClusterShow(env cli.Env) *cobra.Command {
	o := &clusterShowOptions{identity: identity{env: env}, output: cli.Output("table", "json", "yaml")}
	cmd := &cobra.Command{
		Use:   "show CLUSTER",
		Short: "Show all about a cluster",
		Long: `Show all that Magnum tells about a cluster, its node groups, and what your
kubeconfig and kubectl have to do with it.

In JSON and YAML the fields have the names that openstack coe cluster show gives
them.`,
		Example: `  kubectl catalyst cluster show prod
  kubectl catalyst cluster show prod -o json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args[0]) },
	}
	fs := cmd.Flags()
	o.bind(fs)
	o.output.Bind(fs)
	fs.BoolVarP(&o.watch, "watch", "w", false, "go on and show it again when it changes, until Ctrl-C")
	fs.StringVar(&o.kubeconfig, "kubeconfig", "", "kubeconfig to look for logins in (KUBECONFIG, or ~/.kube/config)")
	return cmd
}

func (o *clusterShowOptions) run(ctx context.Context, ref string) error {
	if err := magnum.CheckRef("cluster", ref); err != nil {
		return err
	}
	s, err := o.connect(ctx)
	if err != nil {
		return err
	}
	o.viewer.kubectl = kubectlHere(ctx)
	if o.watch {
		ask := func(ctx context.Context) ([]cluster.View, error) { return o.ask(ctx, s, ref) }
		w := watcher{env: o.env, every: watchEvery, ask: ask, each: o.print}
		return w.run(ctx)
	}
	views, err := o.ask(ctx, s, ref)
	if err != nil {
		return err
	}
	return o.print(views[0])
}

func (o *clusterShowOptions) ask(ctx context.Context, s *session, ref string) ([]cluster.View, error) {
	o.viewer.present = o.logins(o.kubeconfig)
	c, groups, err := askWithGroups(ctx, s, ref)
	if err != nil {
		return nil, err
	}
	v := o.viewer.view(s, c)
	v.NodeGroups = groups
	return []cluster.View{v}, nil
}

func (o *clusterShowOptions) print(v cluster.View) error {
	if o.output.Value != "table" {
		return cli.PrintObject(o.env.Out, o.output.Value, v)
	}
	skew := v.KubectlSkew
	if _, known := o.viewer.kubectl(); skew == "" && known && v.COEVersion != "" {
		skew = "ok"
	}
	rows := [][]string{
		{"Name", v.Name}, {"UUID", v.UUID}, {"Region", v.Region}, {"Status", v.Status}, {"Reason", v.StatusReason},
		{"Health", v.HealthStatus}, {"Health reason", pairs(v.HealthStatusReason)}, {"Faults", pairs(v.Faults)},
		{"Kubernetes", versionOf(&v.Cluster)}, {"Kubectl", skew},
		{"API", v.APIAddress}, {"API access", v.APIAccess}, {"Contexts", strings.Join(v.Contexts, ", ")},
		{"Masters", strconv.Itoa(v.MasterCount)}, {"Nodes", strconv.Itoa(v.NodeCount)},
		{"Master flavor", v.MasterFlavorID}, {"Flavor", v.FlavorID},
		{"Network", v.FixedNetwork}, {"Subnet", v.FixedSubnet}, {"Keypair", v.Keypair}, {"Template", v.ClusterTemplateID},
		{"Labels", pairs(v.Labels)}, {"Created", v.Created()},
	}
	if err := cli.NewTable(o.env.Out, nil).Print(rows); err != nil || len(v.NodeGroups) == 0 {
		return err
	}
	fmt.Fprintln(o.env.Out)
	groups := make([][]string, len(v.NodeGroups))
	for i, g := range v.NodeGroups {
		groups[i] = []string{g.Name, g.Role, strconv.Itoa(g.NodeCount), strconv.Itoa(g.MinNodeCount), limit(g.MaxNodeCount), g.FlavorID, g.Status}
	}
	return cli.PrintTable(o.env.Out, []string{"NODE GROUP", "ROLE", "NODES", "MIN", "MAX", "FLAVOR", "STATUS"}, groups)
}

func limit(n *int) string {
	if n == nil {
		return "no limit"
	}
	return strconv.Itoa(*n)
}

// pairs writes a map as k=v, sorted.
func pairs[T any](m map[string]T) string {
	var all []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		all = append(all, fmt.Sprintf("%s=%v", k, m[k]))
	}
	return strings.Join(all, " ")
}
