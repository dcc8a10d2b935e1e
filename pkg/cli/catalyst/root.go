// Package catalyst is the command tree of the kubectl plugin. Each group of commands
// has a folder, and each command turns its flags into a call of a domain package.
package catalyst

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/completion"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/credential"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/doctor"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/login"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/networkpolicy"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/template"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/tunnel"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
)

// Run runs one command line and returns the exit code.
func Run(ctx context.Context, args []string, env cli.Env) int {
	if code, asked := tunnel.AnswerSSH(ctx, args, env); asked {
		return code
	}
	return cli.Execute(ctx, newRoot(env.For(args)), args, env)
}

// Tree returns the commands for those who describe them, such as the pages of
// the reference. To run one, use Run.
func Tree() *cobra.Command { return newRoot(cli.Env{}) }

func newRoot(env cli.Env) *cobra.Command {
	root := &cobra.Command{
		Use:   "kubectl-catalyst",
		Short: "Log in to Kubernetes clusters that OpenStack Magnum runs, and look after them",
		Long: `Log in to Kubernetes clusters that OpenStack Magnum runs, and look after them.

Made for Catalyst Cloud; any cloud with Magnum works. Your OpenStack identity is
found the way the openstack command finds it: clouds.yaml, or the OS_* variables
of an openrc file.`,
		Example: `  # Log in to a cluster and use it
  kubectl catalyst login prod
  kubectl get namespaces`,
		Annotations: map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl catalyst"},
	}
	root.AddCommand(login.New(env), login.NewLogout(env), cluster.New(env), template.New(env), doctor.New(env),
		tunnel.New(env), credential.New(env), tunnel.NewServe(env), networkpolicy.New(env), completion.New(env),
		cli.NewVersion(env, plugin.Catalyst, "kubectl catalyst"))
	offerWords(root, env)
	return root
}
