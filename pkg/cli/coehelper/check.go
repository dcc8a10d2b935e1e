package coehelper

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/prereq"
)

// clockTime bounds the question to Keystone: the check is about this machine,
// and a cloud out of reach must not hold it up.
const clockTime = 5 * time.Second

type checkOptions struct {
	*identity
	openstack string
	minimum   string
}

func newCheck(d deps) *cobra.Command {
	o := &checkOptions{identity: &identity{deps: d}}
	out := cli.Output("table", "json", "yaml")
	cmd := &cobra.Command{
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
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context(), out) },
	}
	out.Bind(cmd.Flags())
	o.bind(cmd.Flags())
	o.bindSearch(cmd)
	return cmd
}

// bindSearch adds the flags that say what to look at.
func (o *checkOptions) bindSearch(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.openstack, "openstack", "", "path of the openstack to look at (default: the first on PATH)")
	cmd.Flags().StringVar(&o.minimum, "minimum", o.catalog.Minimum.PythonMagnumclient, "version that python-magnumclient must have reached")
}

func (o *checkOptions) run(ctx context.Context, out *cli.OutputFlag) error {
	r, err := o.check(ctx)
	if err != nil {
		return clierr.New(clierr.Usage, "versions look like 2.12.0", "%w", err)
	}
	err = out.Print(o.Out, r, cli.Formats{"table": func(w io.Writer) error { return printCheck(w, r) }})
	if err != nil {
		return err
	}
	return verdict(r)
}

// check asks pkg/prereq about this machine and, at the same time, Keystone for
// the time. The only thing that can fail is --minimum.
func (o *checkOptions) check(ctx context.Context) (prereq.Report, error) {
	clock := make(chan *prereq.Clock, 1)
	go func() { clock <- o.clock(ctx) }()
	options := prereq.Options{
		OpenStack: o.openstack, Minimum: o.minimum, Kubectl: o.catalog.Minimum.Kubectl, Environ: o.environ,
	}
	if cache := o.cache(); cache != nil {
		options.Cache = cache
	}
	r, err := prereq.Check(ctx, options)
	if err != nil {
		return r, err
	}
	if own := strings.TrimPrefix(cli.BuildVersion().Version, "v"); r.CoeHelper != nil && r.CoeHelper.Version != own {
		r.Advice = append(r.Advice, fmt.Sprintf("openstack coe helper is version %s, this program is %s", r.CoeHelper.Version, own))
	}
	r.Clock = <-clock
	if r.Clock != nil && !r.Clock.OK {
		r.Advice = append(r.Advice, r.Clock.Reason)
	}
	return r, nil
}

// clock is nil when there are no credentials, which check does not need.
func (o *checkOptions) clock(ctx context.Context) *prereq.Clock {
	c, err := o.resolve()
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, clockTime)
	defer cancel()
	clock := prereq.ReadClock(ctx, c.Identity().AuthURL, c.ServerTime, o.Now)
	return &clock
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
	if h := r.CoeHelper; h != nil {
		row("openstack coe helper", with(h.Version, h.Location))
	}
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
