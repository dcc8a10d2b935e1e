package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/internal/session"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/release"
)

// showOptions is the command line of cluster show.
type showOptions struct {
	session.Identity
	kubeconfig string
	watch      bool
	output     *cli.OutputFlag
}

func newShow(env cli.Env) *cobra.Command {
	o := &showOptions{Identity: session.Identity{Env: env}, output: cli.Output("table", "json", "yaml")}
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
	o.Bind(fs)
	o.output.Bind(fs)
	fs.BoolVarP(&o.watch, "watch", "w", false, "go on and show it again when it changes, until Ctrl-C")
	cli.BindKubeconfig(fs, &o.kubeconfig, "kubeconfig to look for logins in")
	return cmd
}

func (o *showOptions) run(ctx context.Context, ref string) error {
	if err := magnum.CheckRef("cluster", ref); err != nil {
		return err
	}
	s, err := o.Connect(ctx)
	if err != nil {
		return err
	}
	kubectl := session.KubectlVersion(ctx)
	ask := func(ctx context.Context) ([]cluster.View, error) { return o.ask(ctx, s, ref, kubectl) }
	print := func(views []cluster.View) error {
		var errs []error
		for _, v := range views {
			errs = append(errs, o.print(v, kubectl))
		}
		return errors.Join(errs...)
	}
	if o.watch {
		w := watcher{env: o.Env, every: watchEvery, ask: ask, print: print}
		return w.run(ctx)
	}
	views, err := ask(ctx)
	if err != nil {
		return err
	}
	return o.print(views[0], kubectl)
}

func (o *showOptions) ask(ctx context.Context, s *session.Session, ref string, kubectl func() (release.Version, bool)) ([]cluster.View, error) {
	logins := o.Logins(o.kubeconfig)
	c, groups, err := askWithGroups(ctx, s, ref)
	if err != nil {
		return nil, err
	}
	v := viewer{logins: logins, kubectl: kubectl}.view(s, c)
	v.NodeGroups = groups
	return []cluster.View{v}, nil
}

func (o *showOptions) print(v cluster.View, kubectl func() (release.Version, bool)) error {
	return o.output.Print(o.Env.Out, v, cli.Formats{"table": func(w io.Writer) error {
		if err := printFields(w, v, skewOf(v, kubectl)); err != nil || len(v.NodeGroups) == 0 {
			return err
		}
		fmt.Fprintln(w)
		return printGroups(w, v.NodeGroups)
	}})
}

func printFields(w io.Writer, v cluster.View, skew string) error {
	return cli.PrintFields(w, [][2]string{
		{"Name", v.Name}, {"UUID", v.UUID}, {"Region", v.Region}, {"Status", v.Status}, {"Reason", v.StatusReason},
		{"Health", v.HealthStatus}, {"Health reason", cli.Pairs(v.HealthStatusReason)}, {"Faults", cli.Pairs(v.Faults)},
		{"Kubernetes", session.VersionText(cluster.Version(&v.Cluster))}, {"Kubectl", skew},
		{"API", v.APIAddress}, {"API access", v.APIAccess}, {"Contexts", strings.Join(v.Contexts, ", ")},
		{"Masters", strconv.Itoa(v.MasterCount)}, {"Nodes", strconv.Itoa(v.NodeCount)},
		{"Master flavor", v.MasterFlavorID}, {"Flavor", v.FlavorID},
		{"Network", v.FixedNetwork}, {"Subnet", v.FixedSubnet}, {"Keypair", v.Keypair}, {"Template", v.ClusterTemplateID},
		{"Owner", v.Owner}, {"Labels", cli.Pairs(v.Labels)}, {"Created", v.Created()},
	})
}
