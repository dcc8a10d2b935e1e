package coehelper

import (
	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
)

// versionReport is what `version -o json` prints.
type versionReport struct {
	cli.Version
	Plugin   plugin.Plugin  `json:"plugin"`
	Homepage string         `json:"homepage"`
	Minimum  plugin.Minimum `json:"minimum"`
}

func newVersion(d deps) *cobra.Command {
	out := cli.Output("table", "json", "yaml")
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print which version this is",
		Long: `Print the version of this program and its Go version and, with -o json or yaml,
what it expects to find on a machine.`,
		Example: `  openstack-coe-helper version
  openstack-coe-helper version -o yaml`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if out.Value == "table" {
				return cli.PrintVersion(d.Env, out.Value)
			}
			p, err := d.catalog.Find(plugin.Helper)
			if err != nil {
				return err
			}
			return cli.PrintObject(d.Out, out.Value, versionReport{cli.BuildVersion(), p, d.catalog.Homepage, d.catalog.Minimum})
		},
	}
	out.Bind(cmd.Flags())
	return cmd
}
