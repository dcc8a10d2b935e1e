package coehelper

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/prereq"
)

func printCheck(w io.Writer, r prereq.Report) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(t, "%s\t%s\n", name, clierr.Clean(value))
		}
	}
	row("prerequisite", string(r.Answer)+": "+r.Reason)
	row("openstack", with(r.OpenStack.Path, r.OpenStack.Installation))
	row("  version", r.OpenStack.Version)
	row("  through", strings.Join(r.OpenStack.Through, ", "))
	row("  also on PATH", strings.Join(r.OpenStack.Others, ", "))
	row("python", r.Magnumclient.Python)
	row("python-magnumclient", with(r.Magnumclient.Version, r.Magnumclient.Location))
	row("minimum", r.Minimum)
	row("kubectl", with(r.Kubectl.Version, r.Kubectl.Path))
	if c := r.Clock; c != nil && c.OK {
		row("clock", fmt.Sprintf("agrees with %s (%+.1f s)", c.Keystone, c.Skew))
	}
	row("to upgrade", r.Upgrade)
	if err := t.Flush(); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	for i, a := range r.Advice {
		if i == 0 {
			fmt.Fprintln(w, "\nworth knowing:")
		}
		fmt.Fprintf(w, "- %s\n", clierr.Clean(a))
	}
	return nil
}

// with adds a remark in brackets where there is one.
func with(value, remark string) string {
	if value == "" || remark == "" {
		return value
	}
	return value + " (" + remark + ")"
}
