package catalyst

import (
	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
)

// Tree returns the commands for those who describe them, such as the pages of
// the reference. To run one, use Run.
func Tree() *cobra.Command { return newRoot(cli.Env{}) }
