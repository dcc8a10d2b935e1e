// Package networkpolicy holds the commands about network policies. They read
// objects, from files or from a cluster, and print what pkg/netpol makes of them.
package networkpolicy

import (
	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
)

// New returns the commands about network policies.
func New(env cli.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "network-policy",
		Aliases: []string{"netpol"},
		Short:   "Tell whether network policies are enforced, what is wrong with them, and who can reach whom",
		Long: `Tell whether network policies are enforced, what is wrong with them, and who can
reach whom: exactly, for every pod, port and address range.

The objects come from the cluster of the current context, or, with -f, from
files, folders, standard input (-) or a snapshot. Only 'probe' sends anything to a
pod or changes anything in the cluster. What could not be read or understood is
named, and what cannot be known counts as denied. Where a policy or a workload that
could matter was not evaluated, the exit code is 1, unless --allow-incomplete is given.`,
		Example: `  # Are the policies of this cluster enforced, and what is wrong with them?
  kubectl catalyst network-policy check

  # Who can reach whom, according to the manifests in a folder?
  kubectl catalyst network-policy map -f manifests/ -R`,
	}
	cmd.AddCommand(newCheck(env), newRules(env), newMap(env), newExplain(env), newTest(env), newProbe(env), newDiff(env), newSnapshot(env))
	return cmd
}
