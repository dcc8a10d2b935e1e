// Package coehelper is the command line of openstack-coe-helper.
package coehelper

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/internal/account"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
)

// Run runs one command line and returns the exit code.
func Run(ctx context.Context, args []string, env cli.Env) int {
	catalog, err := plugin.Load()
	if err != nil {
		clierr.Print(env.ErrOut, err)
		return clierr.Code(err)
	}
	return cli.Execute(ctx, newRoot(deps{Env: env.For(args), environ: os.Environ(), catalog: catalog}), args, env)
}

func newRoot(d deps) *cobra.Command {
	root := &cobra.Command{
		Use:   program,
		Short: "Check the OpenStack client and write a support bundle",
		Long: `openstack-coe-helper answers two questions about Catalyst Cloud Kubernetes at the
command line: is the openstack command on this machine recent enough, and what
does a support ticket about a cluster need to say.

Exit codes: 0 done, or the answer is yes; 1 error, or it could not be told;
2 usage; 3 the answer is no; 4 sign-in is needed or was refused.`,
		Example: `  # Is python-magnumclient recent enough where openstack runs?
  openstack-coe-helper check

  # Everything a support ticket needs, without secrets
  openstack-coe-helper support my-cluster --output my-cluster.tar.gz`,
	}
	root.AddCommand(newCheck(d), newSupport(d), cli.NewCompletion(d.Env, program, program, ""), cli.NewVersion(d.Env, plugin.Helper, program))
	offerWords(root, d.Env)
	return root
}

// Tree returns the commands for those who describe them, such as the pages of
// the reference. To run one, use Run.
func Tree() (*cobra.Command, error) {
	catalog, err := plugin.Load()
	if err != nil {
		return nil, err
	}
	return newRoot(deps{catalog: catalog}), nil
}

// offerWords lets a shell complete the arguments and flags of the tree.
func offerWords(root *cobra.Command, env cli.Env) {
	names := account.Names{Env: env, Program: program}
	cli.CompleteArguments(root, map[string]cobra.CompletionFunc{
		"support": cli.Offer(1, names.Clusters),
	})
	cli.CompleteFlags(root, map[string]cobra.CompletionFunc{
		"--os-cloud":       cli.OfferValue(names.Clouds),
		"--os-region-name": cli.OfferValue(names.Regions),
		"support --output": formatOrFile,
	})
}

// formatOrFile offers the formats beside files.
func formatOrFile(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"text", "json", "yaml"}, cobra.ShellCompDirectiveDefault
}
