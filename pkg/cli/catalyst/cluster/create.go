package cluster

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/internal/session"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/internal/wait"
	logincmd "github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/login"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/login"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// createOptions is the command line of cluster create.
type createOptions struct {
	session.Identity
	spec       cluster.Spec
	template   string
	wait       time.Duration
	login      bool
	kubeconfig string
	output     *cli.OutputFlag
}

func newCreate(env cli.Env) *cobra.Command {
	o := &createOptions{Identity: session.Identity{Env: env}, output: cli.Output("table", "json", "name")}
	cmd := &cobra.Command{
		Use:   "create NAME --template TEMPLATE",
		Short: "Create a cluster",
		Long: `Create a cluster.

A template is given by its name, its UUID, or a version such as v1.36, which
stands for the newest template that makes it. Labels are added to those of the
template. Mistakes are found before anything is asked for: 1, 3, 5 or 7 masters,
a number of nodes within the limits, a ticket for more than 50 of them.

Magnum takes 10 to 25 minutes. With --wait you see how it goes; without, come
back with 'kubectl catalyst cluster wait'.`,
		Example: `  # The newest Kubernetes v1.36, three masters, five nodes; log in when it is there
  kubectl catalyst cluster create prod --template v1.36 --masters 3 --nodes 5 --login

  # Two to ten nodes as needed, an API for the office only
  kubectl catalyst cluster create batch --template v1.36 --autoscale 2-10 --public-api --allowed-cidr 203.0.113.0/24`,
		Args: func(cmd *cobra.Command, args []string) error { return o.complete(cmd.Flags(), args) },
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	o.bind(cmd.Flags())
	return cmd
}

func (o *createOptions) bind(fs *pflag.FlagSet) {
	o.Bind(fs)
	o.output.Bind(fs)
	s := &o.spec
	fs.StringVarP(&o.template, "template", "t", "", "template: name, UUID or version such as v1.36")
	fs.IntVar(&s.Masters, "masters", 1, "how many masters: 1, 3, 5 or 7")
	fs.IntVar(&s.Nodes, "nodes", 1, "how many nodes (default: the least that --autoscale allows, else 1)")
	fs.StringArrayVarP(&s.Labels, "label", "l", nil, "KEY=VALUE, added to the template's labels; may be repeated")
	fs.BoolVar(&s.PublicAPI, "public-api", false, "let the API server be reached from everywhere; else from inside the network only")
	fs.StringSliceVar(&s.AllowedCIDRs, "allowed-cidr", nil, "range of addresses that may reach the API server; may be repeated")
	fs.StringVar(&s.Autoscale, "autoscale", "", "MIN-MAX, let the cluster choose how many nodes it needs")
	fs.StringVar(&s.Keypair, "keypair", "", "SSH key pair for the machines (default: the template's)")
	fs.StringVar(&s.Network, "network", "", "network to put the cluster into (default: one of its own)")
	fs.StringVar(&s.Subnet, "subnet", "", "subnet of that network")
	fs.StringVar(&s.Flavor, "flavor", "", "flavor of the nodes (default: the template's)")
	fs.StringVar(&s.MasterFlavor, "master-flavor", "", "flavor of the masters (default: the template's)")
	fs.IntVar(&s.Timeout, "create-timeout", 0, "minutes after which Magnum gives up (default: as Magnum likes, 60)")
	fs.StringVar(&s.Ticket, "ticket", "", "number of the support ticket that allows more than 50 nodes")
	wait.BindFlag(fs, &o.wait, "wait for the cluster, at most this long")
	fs.BoolVar(&o.login, "login", false, "log in when the cluster is there; implies --wait")
	cli.BindKubeconfig(fs, &o.kubeconfig, "kubeconfig for --login to merge into")
}

// complete checks everything that can be known without asking anybody.
func (o *createOptions) complete(fs *pflag.FlagSet, args []string) error {
	bad := func(problem string) error { return clierr.New(clierr.Usage, "", "%s", problem) }
	switch {
	case len(args) != 1:
		return bad("name the cluster")
	case o.template == "":
		return clierr.New(clierr.Usage, "'kubectl catalyst template list' shows the templates", "--template is needed")
	case o.spec.Nodes < 0:
		return bad("--nodes cannot be negative")
	case o.spec.Timeout < 0:
		return bad("--create-timeout cannot be negative")
	case o.wait < 0:
		return wait.ErrNegative
	case o.spec.Subnet != "" && o.spec.Network == "":
		return bad("--subnet needs --network")
	}
	if err := magnum.CheckRef("template", o.template); err != nil {
		return err
	}
	if o.login && o.wait == 0 {
		o.wait = wait.Default
	}
	o.spec.Name = args[0]
	if !fs.Changed("nodes") {
		o.spec.Nodes = -1
	}
	return o.spec.Check()
}

// created describes a new cluster, to be printed.
type created struct {
	magnum.NewCluster
	UUID     string `json:"uuid"`
	Region   string `json:"region"`
	Template string `json:"template"` // its name
	Version  string `json:"version"`  // of Kubernetes
}

func (o *createOptions) run(ctx context.Context) error {
	if o.login { // a kubeconfig that cannot be edited is better known before
		if _, err := o.ReadLogins(o.kubeconfig); err != nil {
			return err
		}
	}
	s, err := o.Connect(ctx)
	if err != nil {
		return err
	}
	if err := refuseRestricted(s, "create a cluster"); err != nil {
		return err
	}
	request, t, err := o.prepare(ctx, s)
	if err != nil {
		return err
	}
	began := o.Env.Now()
	uuid, err := s.Magnum.Create(ctx, request)
	if err != nil {
		return err
	}
	c := created{NewCluster: request, UUID: uuid, Region: s.Region(), Template: t.Name, Version: session.VersionText(cluster.TemplateVersion(t))}
	events := o.output.Value == "json" && o.wait > 0
	if !events {
		if err := o.print(c); err != nil {
			return err
		}
	}
	if o.wait == 0 {
		fmt.Fprintf(o.Env.ErrOut, "Creating it takes 10 to 25 minutes; see how it goes with 'kubectl catalyst cluster wait %s'.\n", o.spec.Name)
		return nil
	}
	if err := o.waitFor(ctx, s, uuid, began, events); err != nil || !o.login {
		return err
	}
	return o.logIn(ctx, uuid)
}

// prepare asks for what decides whether the cluster can be created.
func (o *createOptions) prepare(ctx context.Context, s *session.Session) (magnum.NewCluster, *magnum.Template, error) {
	var templates []magnum.Template
	var clusters []magnum.Cluster
	var limit int
	var templateErr, clusterErr error
	var wg sync.WaitGroup
	wg.Go(func() { templates, templateErr = s.Magnum.Templates(ctx) })
	wg.Go(func() { clusters, clusterErr = s.Magnum.Clusters(ctx) })
	wg.Go(func() {
		var err error
		if limit, err = s.Magnum.ClusterLimit(ctx, s.Project().ID); err != nil {
			o.Debug(1, "the quota is not known: "+err.Error())
		}
	})
	wg.Wait()
	for _, err := range []error{templateErr, clusterErr} {
		if err != nil {
			return magnum.NewCluster{}, nil, err
		}
	}
	t, err := cluster.Template(templates, o.template)
	if err != nil {
		return magnum.NewCluster{}, nil, err
	}
	if err := o.checkRoom(s, clusters, limit); err != nil {
		return magnum.NewCluster{}, nil, err
	}
	request, err := o.spec.Request(t)
	return request, t, err
}

// checkRoom refuses a cluster that the quota has no room for, or whose name is
// taken: Magnum would make a second one, which nobody can then tell from the first.
func (o *createOptions) checkRoom(s *session.Session, clusters []magnum.Cluster, limit int) error {
	if slices.ContainsFunc(clusters, func(c magnum.Cluster) bool { return c.Name == o.spec.Name }) {
		return clierr.Errorf("choose another name, or delete that one first", "there is a cluster called %q in project %q", o.spec.Name, s.Project().Name)
	}
	if limit <= 0 {
		return nil
	}
	if len(clusters) >= limit {
		return clierr.Errorf("delete a cluster, or ask the cloud's support for a larger quota",
			"project %q has %d of the %d clusters that it may have", s.Project().Name, len(clusters), limit)
	}
	fmt.Fprintf(o.Env.ErrOut, "Project %q has %d of the %d clusters that it may have.\n", s.Project().Name, len(clusters), limit)
	return nil
}

func (o *createOptions) print(c created) error {
	return o.output.Print(o.Env.Out, c, cli.Rows([]created{c}, func(c created) string { return c.Name }, []cli.Column[created]{
		{Title: "NAME", Cell: func(c created) string { return c.Name }},
		{Title: "VERSION", Cell: func(c created) string { return c.Version }},
		{Title: "MASTERS", Cell: func(c created) string { return strconv.Itoa(c.MasterCount) }},
		{Title: "NODES", Cell: func(c created) string { return strconv.Itoa(c.NodeCount) }},
		{Title: "TEMPLATE", Cell: func(c created) string { return c.Template }},
	}...))
}

func (o *createOptions) waitFor(ctx context.Context, s *session.Session, uuid string, began time.Time, events bool) error {
	w := wait.Options{Operation: cluster.Create, Limit: o.wait, Began: began}
	if events {
		w.Events = o.Env.Out
	}
	after, err := wait.Follow(ctx, &o.Identity, s, w, &magnum.Cluster{UUID: uuid, Name: o.spec.Name})
	if err == nil && !events {
		wait.PrintEnd(o.Env, o.spec.Name, after)
	}
	return err
}

// logIn does what 'login UUID' does.
func (o *createOptions) logIn(ctx context.Context, uuid string) error {
	err := logincmd.RunAndPrint(ctx, &o.Identity, login.Options{Clusters: []string{uuid}, Kubeconfig: o.kubeconfig}, 0, o.output)
	return clierr.WithHint(err, fmt.Sprintf("the cluster is there: log in with 'kubectl catalyst login %s'", o.spec.Name))
}
