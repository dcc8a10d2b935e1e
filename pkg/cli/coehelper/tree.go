package coehelper

import (
	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
)

// Tree returns the commands for those who describe them, such as the pages of
// the reference. To run one, use Run.
func Tree() (*cobra.Command, error) {
	catalog, err := plugin.Load()
	if err != nil {
		return nil, err
	}
	return newRoot(deps{catalog: catalog}), nil
}
