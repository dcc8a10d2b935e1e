package catalyst

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
)

func newNetworkPolicy(env cli.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "network-policy",
		Aliases: []string{"netpol"},
		Short:   "Tell whether network policies are enforced, what is wrong with them, and who can reach whom",
		Long: `Tell whether network policies are enforced, what is wrong with them, and who can
reach whom: exactly, for every pod, port and address range.

The objects come from the cluster of the current context, or, with -f, from
files, folders, standard input (-) or a snapshot. Only 'probe' sends anything to a
pod or changes anything in the cluster. What could not be read or understood is
named, and what cannot be known counts as denied.`,
		Example: `  # Are the policies of this cluster enforced, and what is wrong with them?
  kubectl catalyst network-policy check

  # Who can reach whom, according to the manifests in a folder?
  kubectl catalyst network-policy map -f manifests/ -R`,
	}
	cmd.AddCommand(newNetpolCheck(env), newNetpolRules(env), newNetpolMap(env), newNetpolExplain(env), newNetpolProbe(env), newNetpolDiff(env), newNetpolSnapshot(env))
	return cmd
}

// netpolInput is where the objects of a network-policy command come from: flags
// that all of them share.
type netpolInput struct {
	env       cli.Env
	files     []string
	recursive bool
	all       bool
	cni       cli.Choice
	verbosity int

	kubeconfig string
	overrides  clientcmd.ConfigOverrides
}

// detect is the --cni that looks at what was read.
const detect = "auto"

func newNetpolInput(env cli.Env) *netpolInput {
	return &netpolInput{env: env, cni: cli.Choice{Value: detect,
		Allowed: []string{netpol.Calico.String(), netpol.Cilium.String(), netpol.Generic.String(), detect}}}
}

func (i *netpolInput) bind(fs *pflag.FlagSet) {
	fs.StringArrayVarP(&i.files, "filename", "f", nil, "file, folder or - to read instead of the cluster; may be repeated")
	fs.BoolVarP(&i.recursive, "recursive", "R", false, "read the folders below a folder too")
	fs.BoolVarP(&i.all, "all-namespaces", "A", false, "show all namespaces (the default unless -n is given)")
	fs.Var(&i.cni, "cni", "whose reading of the rules applies where the API leaves room")
	i.bindCluster(fs)
}

// bindCluster adds kubectl's flags for the cluster to talk to.
func (i *netpolInput) bindCluster(fs *pflag.FlagSet) {
	fs.IntVarP(&i.verbosity, "v", "v", 0, "detail of what is asked of the cluster, 1 to 9; secrets are never shown")
	fs.StringVar(&i.kubeconfig, "kubeconfig", "", "kubeconfig to use (KUBECONFIG, or ~/.kube/config)")
	clientcmd.BindOverrideFlags(&i.overrides, fs, clientcmd.RecommendedConfigOverrideFlags(""))
	fs.Lookup("namespace").Usage = "show this namespace only; in files, the namespace of objects that name none"
}

// namespace returns what to show: one namespace, or "" for all.
func (i *netpolInput) namespace() string {
	if i.all {
		return ""
	}
	return i.overrides.Context.Namespace
}

// validate refuses flags that contradict each other.
func (i *netpolInput) validate() error {
	if i.recursive && len(i.files) == 0 {
		return clierr.New(clierr.Usage, "name a folder with -f", "-R needs -f")
	}
	return nil
}
