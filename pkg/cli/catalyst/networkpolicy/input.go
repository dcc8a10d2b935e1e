package networkpolicy

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"github.com/spf13/pflag"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/live"
)

// input is where the objects of a network-policy command come from: flags
// that all of them share.
type input struct {
	env       cli.Env
	files     []string
	recursive bool
	exclude   []string
	all       bool
	cni       cli.Choice
	// allowIncomplete: what is not evaluated is named and no reason to fail.
	allowIncomplete bool
	verbosity       int

	kubeconfig string
	overrides  clientcmd.ConfigOverrides
}

// detect is the --cni that looks at what was read.
const detect = "auto"

func newInput(env cli.Env) *input {
	return &input{env: env, cni: cli.Choice{Value: detect,
		Allowed: []string{netpol.Calico.String(), netpol.Cilium.String(), netpol.Generic.String(), detect}}}
}

func (i *input) bind(fs *pflag.FlagSet) {
	fs.StringArrayVarP(&i.files, "filename", "f", nil, "file, folder, https:// address or - to read instead of the cluster; may be repeated")
	fs.BoolVarP(&i.recursive, "recursive", "R", false, "read the folders below a folder too")
	fs.StringArrayVar(&i.exclude, "exclude", nil, "files and folders to leave out of folders, such as values*.yaml or overlays/dev; may be repeated")
	fs.BoolVarP(&i.all, "all-namespaces", "A", false, "show all namespaces (the default unless -n is given)")
	fs.BoolVar(&i.allowIncomplete, "allow-incomplete", false, "no exit code 1 because of policies and workloads that are not evaluated")
	fs.Var(&i.cni, "cni", "whose reading of the rules applies where the API leaves room")
	i.bindCluster(fs)
}

// bindCluster adds kubectl's flags for the cluster to talk to.
func (i *input) bindCluster(fs *pflag.FlagSet) {
	fs.IntVarP(&i.verbosity, "v", "v", 0, "detail of what is asked of the cluster, 1 to 9; secrets are never shown")
	cli.BindKubeconfig(fs, &i.kubeconfig, "kubeconfig to use")
	clientcmd.BindOverrideFlags(&i.overrides, fs, clientcmd.RecommendedConfigOverrideFlags(""))
	fs.Lookup("namespace").Usage = "show this namespace only; in files, the namespace of objects that name none"
}

// namespace returns what to show: one namespace, or "" for all.
func (i *input) namespace() string {
	if i.all {
		return ""
	}
	return i.overrides.Context.Namespace
}

// validate refuses flags that contradict each other.
func (i *input) validate() error {
	if i.recursive && len(i.files) == 0 {
		return clierr.New(clierr.Usage, "name a folder with -f", "-R needs -f")
	}
	return nil
}

// readLive reads the cluster of the current context.
func (i *input) readLive(ctx context.Context, line *cli.Line) (*load.Input, error) {
	config, namespace, err := i.restConfig()
	if err != nil {
		return nil, err
	}
	line.Set("connecting to the cluster")
	return live.Read(ctx, config, live.Options{Namespace: namespace, Progress: counter(line), Debug: i.debug})
}

// debug shows a request with -v=1 or more.
func (i *input) debug(message string) {
	if i.verbosity > 0 {
		fmt.Fprintln(i.env.ErrOut, clierr.Message(message))
	}
}

// restConfig finds the cluster as kubectl does: flags, then KUBECONFIG, then
// ~/.kube/config.
func (i *input) restConfig() (*rest.Config, string, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = i.kubeconfig
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &i.overrides)
	config, err := loader.ClientConfig()
	if err != nil && !i.proxiesReadable(loader) {
		return nil, "", clierr.Errorf("correct proxy-url in the kubeconfig, or --proxy-url", "the address of the proxy cannot be read")
	}
	if err != nil {
		hint := "log in with 'kubectl catalyst login CLUSTER', name a context with --context, or read files with -f"
		if clientcmd.IsEmptyConfig(err) {
			return nil, "", clierr.Errorf(hint, "no cluster is configured")
		}
		return nil, "", clierr.WithHint(fmt.Errorf("reading the kubeconfig: %w", err), hint)
	}
	config.UserAgent = "kubectl-catalyst/" + cli.BuildVersion().Version
	namespace, _, err := loader.Namespace()
	if err != nil {
		return nil, "", fmt.Errorf("reading the kubeconfig: %w", err)
	}
	return config, namespace, nil
}

// proxiesReadable reports whether the address of each proxy is a URL that client-go
// takes. Its errors repeat the address, in which a password may be.
func (i *input) proxiesReadable(loader clientcmd.ClientConfig) bool {
	addresses := []string{i.overrides.ClusterInfo.ProxyURL}
	if raw, err := loader.RawConfig(); err == nil {
		for _, c := range raw.Clusters {
			addresses = append(addresses, c.ProxyURL)
		}
	}
	return !slices.ContainsFunc(addresses, func(address string) bool {
		u, err := url.Parse(address)
		return address != "" && (err != nil || !slices.Contains([]string{"http", "https", "socks5"}, u.Scheme) || u.Host == "")
	})
}
