package coehelper

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
)

// versionReport is what `version -o json` prints.
type versionReport struct {
	plugin.Build
	Plugin   plugin.Plugin  `json:"plugin"`
	Homepage string         `json:"homepage"`
	Minimum  plugin.Minimum `json:"minimum"`
}

func newVersion(d deps) *cobra.Command {
	var out format
	c := &cobra.Command{
		Use:     "version",
		Short:   "Say which build of this program this is",
		Long:    "Say which build of this program this is and, with -o json or yaml, what it\nexpects to find on a machine.",
		Example: "  openstack-coe-helper version\n  openstack-coe-helper version -o yaml",
		Args:    exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := out.validate(c); err != nil {
				return err
			}
			p, err := d.catalog.Find(plugin.Helper)
			if err != nil {
				return err
			}
			r := versionReport{Build: plugin.ThisBuild(), Plugin: p, Homepage: d.catalog.Homepage, Minimum: d.catalog.Minimum}
			return out.print(d.Out, r, func(w io.Writer) error {
				_, err := fmt.Fprintf(w, "%s %s (%s, %s)\n", program, r.Version, r.Go, r.Platform)
				return err
			})
		},
	}
	out.bind(c, "text", "json", "yaml")
	return c
}
