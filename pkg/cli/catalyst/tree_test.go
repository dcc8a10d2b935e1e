package catalyst

import (
	"testing"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/treetest"
)

func TestEveryCommandExplainsItself(t *testing.T) {
	t.Parallel()
	treetest.Check(t, func() *cobra.Command { return newRoot(cli.Env{}) })
}
