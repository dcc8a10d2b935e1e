// Package coehelper is the command line of openstack-coe-helper.
package coehelper

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
)

const program = plugin.Helper

// deps is what commands take from outside.
type deps struct {
	cli.Env
	environ []string // all of it, for the programs that are started
	catalog plugin.Catalog
}

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
	completions(root, d.Env)
	return root
}
