package catalyst

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"github.com/spf13/cobra"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/live"
)

// readLive reads the cluster of the current context.
func (i *netpolInput) readLive(ctx context.Context, line *cli.Line) (*load.Input, error) {
	config, namespace, err := i.restConfig()
	if err != nil {
		return nil, err
	}
	line.Set("connecting to the cluster")
	return live.Read(ctx, config, live.Options{Namespace: namespace, Progress: counter(line), Debug: i.debug})
}

// debug shows a request with -v=1 or more.
func (i *netpolInput) debug(message string) {
	if i.verbosity > 0 {
		fmt.Fprintln(i.env.ErrOut, clierr.Message(message))
	}
}

// restConfig finds the cluster as kubectl does: flags, then KUBECONFIG, then
// ~/.kube/config.
func (i *netpolInput) restConfig() (*rest.Config, string, error) {
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
func (i *netpolInput) proxiesReadable(loader clientcmd.ClientConfig) bool {
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

func newNetpolSnapshot(env cli.Env) *cobra.Command {
	i := newNetpolInput(env)
	cmd := &cobra.Command{
		Use:   "snapshot",
		Short: "Write what decides who can reach whom in a cluster as one file",
		Long: `Write what decides who can reach whom in a cluster as one JSON file, which the
other commands read with -f: to compare two points in time, to ask without access
to the cluster, or to hand it to somebody else.

It holds names, labels, addresses, ports and policies; no environment variables,
no secrets, no images.`,
		Example: `  # Keep the state of today, and compare later
  kubectl catalyst network-policy snapshot > monday.json
  kubectl catalyst network-policy diff monday.json live`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			progress := env.Progress()
			in, err := i.readLive(cmd.Context(), progress.Line("network policies"))
			progress.Close()
			if err != nil {
				return err
			}
			i.warnIncomplete(in.Incomplete())
			return in.WriteSnapshot(env.Out)
		},
	}
	i.bindCluster(cmd.Flags())
	return cmd
}
