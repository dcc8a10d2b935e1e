package catalyst

import (
	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
)

func newVersion(env cli.Env) *cobra.Command {
	out := cli.Output("table", "json", "yaml")
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print which version this is",
		Long:  "Print the version of this program, the commit it was built from, and its Go version.",
		Example: `  kubectl catalyst version
  kubectl catalyst version -o json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return cli.PrintVersion(env, out.Value)
		},
	}
	out.Bind(cmd.Flags())
	return cmd
}
