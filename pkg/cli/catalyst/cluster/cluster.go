package cluster

import (
	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
)

// New returns the commands about clusters.
func New(env cli.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "cluster",
		Aliases: []string{"clusters"},
		Short:   "Look after clusters",
		Long:    "Look after the Kubernetes clusters of your project.",
		Example: `  kubectl catalyst cluster list
  kubectl catalyst cluster create prod --template v1.36 --nodes 3 --wait
  kubectl catalyst cluster show prod`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newList(env), newShow(env), newCreate(env), newWait(env),
		newResize(env), newUpgrade(env), newRotate(env), newRotateCredential(env), newDelete(env), newNodeGroup(env))
	return cmd
}
