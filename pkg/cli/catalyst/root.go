// Package catalyst is the command tree of the kubectl plugin: one file a
// command, each turning flags into options and options into calls of the
// domain packages.
package catalyst

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/tunnel"
)

// Run runs one command line and returns the exit code.
func Run(ctx context.Context, args []string, env cli.Env) int {
	if tunnel.Asking(env.Getenv) {
		return answerSSH(ctx, args, env)
	}
	return cli.Execute(ctx, newRoot(env.For(args)), args, env)
}

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
	root.AddCommand(newLogin(env), newLogout(env), newCluster(env), newTemplate(env), newDoctor(env), newTunnel(env), newCredential(env), newServeTunnel(env), newNetworkPolicy(env), newCompletion(env), cli.NewVersion(env, plugin.Catalyst, "kubectl catalyst"))
	completions(root, env)
	return root
}
