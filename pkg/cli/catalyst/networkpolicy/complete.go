package networkpolicy

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/client-go/rest"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/lint"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/live"
)

// inventory is where the ends of a flow are looked for: files, or a cluster.
type inventory interface {
	namespaces(ctx context.Context) []string
	// names returns what is called so in a namespace: pods for the kind Pod.
	names(ctx context.Context, namespace, kind string) []string
}

// endKinds are what a flow begins and ends at, and what kubectl calls the lists.
var endKinds = []struct{ kind, path string }{
	{"Pod", "/api/v1"}, {"Deployment", "/apis/apps/v1"}, {"StatefulSet", "/apis/apps/v1"}, {"DaemonSet", "/apis/apps/v1"},
	{"ReplicaSet", "/apis/apps/v1"}, {"Job", "/apis/batch/v1"}, {"CronJob", "/apis/batch/v1"}, {"Service", "/api/v1"},
}

// offeredKinds are those of them that are offered before a kind is typed: what
// people make themselves.
var offeredKinds = []string{"Pod", "Deployment", "StatefulSet", "DaemonSet", "CronJob"}

// Completions returns what a shell is offered: arguments, by the path of the
// command, and values of flags.
func Completions(env cli.Env) (arguments, flags map[string]cobra.CompletionFunc) {
	arguments = map[string]cobra.CompletionFunc{
		"network-policy explain": completeFlow(env),
		"network-policy probe":   completeFlow(env),
		"network-policy diff":    completeDiff,
		"network-policy test":    completeFiles,
	}
	flags = map[string]cobra.CompletionFunc{
		"--namespace": cli.OfferValue(namespaceNames(env)),
		"--skip":      cli.OfferValue(ruleIDs),
		"--node":      cli.OfferValue(nodeNames(env)),
	}
	return arguments, flags
}

// completeFlow offers SRC and DST: first namespaces, then what is in the one that
// was chosen. Only a destination may be a service.
func completeFlow(env cli.Env) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		if len(args) >= 2 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		where, err := inventoryOf(cmd, env)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		parts := strings.Split(begun, "/")
		var words []string
		switch len(parts) {
		case 1:
			for _, ns := range where.namespaces(cmd.Context()) {
				words = append(words, ns+"/")
			}
			return fitting(words, begun), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
		case 2:
			words = everyEnd(cmd.Context(), where, parts[0], len(args) == 1)
		case 3:
			for _, name := range where.names(cmd.Context(), parts[0], kindOf(parts[1])) {
				words = append(words, parts[0]+"/"+parts[1]+"/"+name)
			}
		}
		return fitting(words, begun), cobra.ShellCompDirectiveNoFileComp
	}
}

func fitting(words []string, begun string) []string {
	return slices.DeleteFunc(words, func(w string) bool { return !strings.HasPrefix(w, begun) })
}

// everyEnd lists pods and workloads of a namespace, and services too if asked.
func everyEnd(ctx context.Context, where inventory, namespace string, services bool) []string {
	kinds := slices.Clone(offeredKinds)
	if services {
		kinds = append(kinds, "Service")
	}
	found := make([][]string, len(kinds))
	var wg sync.WaitGroup
	for i, kind := range kinds {
		wg.Go(func() {
			for _, name := range where.names(ctx, namespace, kind) {
				if kind != "Pod" {
					name = kind + "/" + name
				}
				found[i] = append(found[i], namespace+"/"+name)
			}
		})
	}
	wg.Wait()
	return slices.Concat(found...)
}

// namespaceNames offers the namespaces of the cluster or files that the flags name.
func namespaceNames(env cli.Env) func(*cobra.Command) []string {
	return func(cmd *cobra.Command) []string {
		where, err := inventoryOf(cmd, env)
		if err != nil {
			return nil
		}
		return where.namespaces(cmd.Context())
	}
}

// nodeNames offers the nodes of the cluster.
func nodeNames(env cli.Env) func(*cobra.Command) []string {
	return func(cmd *cobra.Command) []string {
		where, err := inventoryOf(cmd, env)
		c, ok := where.(clusterInventory)
		if err != nil || !ok {
			return nil
		}
		names, _ := live.Names(cmd.Context(), c.config, "/api/v1/nodes") // nothing can be offered then
		return names
	}
}

// inventoryOf reads the flags of a network-policy command as the command does.
func inventoryOf(cmd *cobra.Command, env cli.Env) (inventory, error) {
	i := newInput(env)
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	i.bind(fs)
	cmd.Flags().Visit(func(f *pflag.Flag) {
		ours := fs.Lookup(f.Name)
		if ours == nil {
			return
		}
		if to, ok := ours.Value.(pflag.SliceValue); ok {
			if from, ok := f.Value.(pflag.SliceValue); ok {
				_ = to.Replace(from.GetSlice()) // what one flag took the same flag takes
			}
			return
		}
		_ = ours.Value.Set(f.Value.String())
	})
	if len(i.files) > 0 {
		in, err := i.readFiles(cmd.Context(), i.files, env.Progress().Line(""))
		return fileInventory{in}, err
	}
	config, _, err := i.restConfig()
	if err != nil {
		return nil, err
	}
	if config.ExecProvider != nil {
		config.ExecProvider.InteractiveMode = clientcmdapi.NeverExecInteractiveMode
	}
	return clusterInventory{config}, nil
}

// clusterInventory asks an API server.
type clusterInventory struct{ config *rest.Config }

func (c clusterInventory) namespaces(ctx context.Context) []string {
	names, _ := live.Names(ctx, c.config, "/api/v1/namespaces") // nothing can be offered then
	return names
}

func (c clusterInventory) names(ctx context.Context, namespace, kind string) []string {
	for _, k := range endKinds {
		if k.kind == kind {
			names, _ := live.Names(ctx, c.config, k.path+"/namespaces/"+namespace+"/"+strings.ToLower(kind)+"s")
			return names
		}
	}
	return nil
}

// fileInventory looks into what was read from files.
type fileInventory struct{ in *load.Input }

func (f fileInventory) namespaces(context.Context) []string {
	var names []string
	for i := range f.in.Objects.Namespaces {
		names = append(names, f.in.Objects.Namespaces[i].Meta.Name)
	}
	for i := range f.in.Objects.Pods {
		names = append(names, f.in.Objects.Pods[i].Meta.Namespace)
	}
	return sorted(names)
}

func (f fileInventory) names(_ context.Context, namespace, kind string) []string {
	var names []string
	for i := range f.in.Objects.Pods {
		switch p := &f.in.Objects.Pods[i]; {
		case p.Meta.Namespace != namespace:
		case kind == "Pod" && (p.Owner.Name == "" || p.Owner.Kind == "Pod"):
			names = append(names, p.Meta.Name)
		case kind == p.Owner.Kind:
			names = append(names, p.Owner.Name)
		}
	}
	for i := range f.in.Objects.Services {
		if s := &f.in.Objects.Services[i]; kind == "Service" && s.Meta.Namespace == namespace {
			names = append(names, s.Meta.Name)
		}
	}
	return sorted(names)
}

func sorted(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// ruleIDs offers the rules of network-policy check.
func ruleIDs(*cobra.Command) []string {
	var words []string
	for _, r := range lint.Rules() {
		words = append(words, r.ID+"\t"+r.Summary)
	}
	return words
}

// completeFiles offers files.
func completeFiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}

// completeDiff offers the word for the cluster beside files.
func completeDiff(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) >= 2 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return []string{"live\tthe cluster of the current context"}, cobra.ShellCompDirectiveDefault
}
