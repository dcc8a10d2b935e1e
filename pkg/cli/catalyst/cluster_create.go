package catalyst

import (
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// clusterCreateOptions is the command line of cluster create.
type clusterCreateOptions struct {
	identity
	spec       cluster.Spec
	template   string
	wait       time.Duration
	login      bool
	kubeconfig string
	output     *cli.OutputFlag
}

func newClusterCreate(env cli.Env) *cobra.Command {
	o := &clusterCreateOptions{identity: identity{env: env}, output: cli.Output("table", "json", "name")}
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
  kubectl catalyst cluster create batch --template v1.36 --autoscale 2:10 --public-api --allowed-cidr 203.0.113.0/24`,
		Args: func(cmd *cobra.Command, args []string) error { return o.complete(cmd.Flags(), args) },
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	o.bind(cmd.Flags())
	return cmd
}

func (o *clusterCreateOptions) bind(fs *pflag.FlagSet) {
	o.identity.bind(fs)
	o.output.Bind(fs)
	s := &o.spec
	fs.StringVarP(&o.template, "template", "t", "", "template: name, UUID or version such as v1.36")
	fs.IntVar(&s.Masters, "masters", 1, "how many masters: 1, 3, 5 or 7")
	fs.IntVar(&s.Nodes, "nodes", 1, "how many nodes (default: the least that --autoscale allows, else 1)")
	fs.StringArrayVarP(&s.Labels, "label", "l", nil, "KEY=VALUE, added to the template's labels; may be repeated")
	fs.BoolVar(&s.PublicAPI, "public-api", false, "let the API server be reached from everywhere; else from inside the network only")
	fs.StringSliceVar(&s.AllowedCIDRs, "allowed-cidr", nil, "range of addresses that may reach the API server; may be repeated")
	fs.StringVar(&s.Autoscale, "autoscale", "", "MIN:MAX, let the cluster choose how many nodes it needs")
	fs.StringVar(&s.Keypair, "keypair", "", "SSH key pair for the machines (default: the template's)")
	fs.StringVar(&s.Network, "network", "", "network to put the cluster into (default: one of its own)")
	fs.StringVar(&s.Subnet, "subnet", "", "subnet of that network")
	fs.StringVar(&s.Flavor, "flavor", "", "flavor of the nodes (default: the template's)")
	fs.StringVar(&s.MasterFlavor, "master-flavor", "", "flavor of the masters (default: the template's)")
	fs.IntVar(&s.Timeout, "create-timeout", 0, "minutes after which Magnum gives up (default: as Magnum likes, 60)")
	fs.StringVar(&s.Ticket, "ticket", "", "number of the support ticket that allows more than 50 nodes")
	bindWait(fs, &o.wait, "wait for the cluster, at most this long")
	fs.BoolVar(&o.login, "login", false, "log in when the cluster is there; implies --wait")
	fs.StringVar(&o.kubeconfig, "kubeconfig", "", "kubeconfig for --login to merge into (KUBECONFIG, or ~/.kube/config)")
}

// complete checks everything that can be known without asking anybody.
func (o *clusterCreateOptions) complete(fs *pflag.FlagSet, args []string) error {
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
		return bad("--wait takes a positive duration")
	case o.spec.Subnet != "" && o.spec.Network == "":
		return bad("--subnet needs --network")
	}
	if err := magnum.CheckRef("template", o.template); err != nil {
		return err
	}
	if o.login && o.wait == 0 {
		o.wait = defaultWait
	}
	o.spec.Name = args[0]
	if !fs.Changed("nodes") {
		o.spec.Nodes = -1
	}
	return o.spec.Check()
}
