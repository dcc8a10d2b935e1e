package networkpolicy

import (
	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
)

func newSnapshot(env cli.Env) *cobra.Command {
	i := newInput(env)
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
