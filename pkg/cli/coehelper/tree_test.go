package coehelper

import (
	"testing"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/treetest"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
)

func TestEveryCommandExplainsItself(t *testing.T) {
	t.Parallel()
	catalog, err := plugin.Load()
	if err != nil {
		t.Fatal(err)
	}
	treetest.Check(t, func() *cobra.Command { return newRoot(deps{catalog: catalog}) })
}
