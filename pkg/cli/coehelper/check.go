package coehelper

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/prereq"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

type checkOptions struct {
	deps
	out       format
	openstack string
	minimum   string
}

func newCheck(d deps) *cobra.Command {
	o := &checkOptions{deps: d}
	c := &cobra.Command{
		Use:   "check",
		Short: "Is python-magnumclient recent enough where openstack runs?",
		Long: `Find the openstack command that would run, the Python it belongs to, and the
python-magnumclient installed there, and compare its version with the minimum
that Catalyst Cloud Kubernetes asks for. Python itself is not started, unless
openstack is a wrapper that hides it.

Also says what is worth knowing about the version found, how to upgrade this
kind of installation, whether kubectl accepts what login writes, and, when there
are OpenStack credentials, whether this machine's clock agrees with Keystone's.

Exit codes: 0 met, 3 not met, 1 it could not be told.`,
		Example: `  openstack-coe-helper check
  openstack-coe-helper check --minimum 4.1.0 -o json
  openstack-coe-helper check --openstack ~/venv/bin/openstack`,
		Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := o.out.validate(c); err != nil {
				return err
			}
			return o.run(c.Context())
		},
	}
	o.out.bind(c, "table", "json", "yaml")
	c.Flags().StringVar(&o.openstack, "openstack", "", "path of the openstack to look at (default: the first on PATH)")
	c.Flags().StringVar(&o.minimum, "minimum", d.catalog.Minimum.PythonMagnumclient, "version that python-magnumclient must have reached")
	return c
}

func (o *checkOptions) run(ctx context.Context) error {
	r, err := o.check(ctx)
	if err != nil {
		return err
	}
	if err := o.out.print(o.Out, r, func(w io.Writer) error { return printCheck(w, r) }); err != nil {
		return err
	}
	return verdict(r)
}

// check asks pkg/prereq; the only thing that can fail is --minimum.
func (o *checkOptions) check(ctx context.Context) (prereq.Report, error) {
	options := prereq.Options{
		OpenStack: o.openstack, Minimum: o.minimum, Kubectl: o.catalog.Minimum.Kubectl, Environ: o.environ,
	}
	if dir, err := store.DefaultDir(); err == nil {
		options.Remember = store.Open(dir)
	}
	r, err := prereq.Check(ctx, options)
	if err != nil {
		return r, clierr.New(clierr.Usage, "versions look like 2.12.0", "%w", err)
	}
	return r, nil
}

// verdict turns the answer into the error that carries the exit code.
func verdict(r prereq.Report) error {
	hint := ""
	if r.Upgrade != "" {
		hint = "run: " + r.Upgrade
	}
	switch r.Answer {
	case prereq.Met:
		return nil
	case prereq.NotMet:
		return clierr.New(clierr.No, hint, "%s", r.Reason)
	}
	return clierr.New(clierr.Failure, hint, "cannot tell the version of python-magnumclient: %s", r.Reason)
}

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
	if c := r.Clock; c != nil && c.Reason == "" {
		row("clock", fmt.Sprintf("%+.1f s from Keystone's", -c.Skew))
	}
	row("to upgrade", r.Upgrade)
	if err := t.Flush(); err != nil {
		return err
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
