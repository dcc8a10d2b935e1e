package catalyst

import (
	"maps"
	"slices"

	"github.com/spf13/cobra"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/networkpolicy"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/internal/account"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/login"
)

// offerWords lets a shell complete the arguments and flags of the tree.
func offerWords(root *cobra.Command, env cli.Env) {
	names := account.Names{Env: env, Program: login.Program}
	one, any := cli.Offer(1, names.Clusters), cli.Offer(cli.Any, names.Clusters)
	arguments, flags := networkpolicy.Completions(env)
	maps.Copy(arguments, map[string]cobra.CompletionFunc{
		"login":                     any,
		"logout":                    cli.Offer(cli.Any, logins(env)),
		"doctor":                    one,
		"cluster show":              one,
		"cluster wait":              one,
		"cluster resize":            one,
		"cluster upgrade":           one,
		"cluster rotate-ca":         one,
		"cluster rotate-credential": one,
		"cluster delete":            one,
		"cluster nodegroup list":    one,
		"cluster nodegroup create":  one,
		"cluster nodegroup update":  clusterThenGroup(names),
		"cluster nodegroup delete":  clusterThenGroup(names),
		"template show":             cli.Offer(1, names.Templates),
		"tunnel":                    one,
	})
	none := cobra.NoFileCompletions
	maps.Copy(flags, map[string]cobra.CompletionFunc{
		"--os-cloud":           cli.OfferValue(names.Clouds),
		"--os-region-name":     cli.OfferValue(names.Regions),
		"--template":           cli.OfferValue(names.Templates),
		"--nodegroup":          nodeGroups(names),
		"--masters":            cli.OfferValue(func(*cobra.Command) []string { return []string{"1", "3", "5", "7"} }),
		"--context":            cli.OfferValue(inKubeconfig(env, contextsOf)),
		"--cluster":            cli.OfferValue(inKubeconfig(env, clustersOf)),
		"--user":               cli.OfferValue(inKubeconfig(env, usersOf)),
		"list --cluster":       cli.OfferValue(names.Clusters),
		"login --context":      none, // a new name
		"login --namespace":    none,
		"credential --cluster": none,
	})
	cli.CompleteArguments(root, arguments)
	cli.CompleteFlags(root, flags)
}

// nodeGroups offers those of the cluster that stands on the line already.
func nodeGroups(names account.Names) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		offer := cli.OfferValue(func(cmd *cobra.Command) []string { return names.NodeGroups(cmd, args[0]) })
		return offer(cmd, args, begun)
	}
}

// clusterThenGroup offers clusters, and then the node groups of the one that was chosen.
func clusterThenGroup(names account.Names) cobra.CompletionFunc {
	clusters, groups := cli.Offer(1, names.Clusters), nodeGroups(names)
	return func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		switch len(args) {
		case 0:
			return clusters(cmd, args, begun)
		case 1:
			return groups(cmd, args, begun)
		}
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
}

// logins offers what logout takes: the contexts in the kubeconfig.
func logins(env cli.Env) func(*cobra.Command) []string {
	return func(cmd *cobra.Command) []string {
		explicit, _ := cmd.Flags().GetString("kubeconfig") // logout has the flag
		files, err := kubeconfig.Locate(explicit, env.Getenv)
		if err != nil {
			return nil
		}
		present, err := files.List()
		if err != nil {
			return nil
		}
		var words []string
		for _, l := range present {
			switch {
			case l.Context == "": // what is left of a login
				words = append(words, l.ClusterName)
			case l.ClusterName != l.Context:
				words = append(words, l.Context+"\tcluster "+l.ClusterName)
			default:
				words = append(words, l.Context)
			}
		}
		slices.Sort(words)
		return slices.Compact(words)
	}
}

// inKubeconfig offers names out of the kubeconfig that kubectl would use.
func inKubeconfig(env cli.Env, names func(*clientcmdapi.Config) []string) func(*cobra.Command) []string {
	return func(cmd *cobra.Command) []string {
		explicit, _ := cmd.Flags().GetString("kubeconfig") // the commands with these flags have it
		files, err := kubeconfig.Locate(explicit, env.Getenv)
		if err != nil {
			return nil
		}
		rules := clientcmd.ClientConfigLoadingRules{Precedence: files.Paths}
		config, err := rules.Load()
		if err != nil {
			return nil
		}
		return names(config)
	}
}

func contextsOf(c *clientcmdapi.Config) []string { return slices.Sorted(maps.Keys(c.Contexts)) }
func clustersOf(c *clientcmdapi.Config) []string { return slices.Sorted(maps.Keys(c.Clusters)) }
func usersOf(c *clientcmdapi.Config) []string    { return slices.Sorted(maps.Keys(c.AuthInfos)) }
