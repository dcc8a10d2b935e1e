// Package coehelper is the command line of openstack-coe-helper.
package coehelper

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
)

const program = "openstack-coe-helper"

// deps is what commands take from outside.
type deps struct {
	genericiooptions.IOStreams
	environ []string
	now     func() time.Time
	catalog plugin.Catalog
}

// Run executes the command line args, program name left out, and returns the
// exit code. Errors are written to streams.ErrOut.
func Run(ctx context.Context, args []string, streams genericiooptions.IOStreams) int {
	catalog, err := plugin.Load()
	if err == nil {
		root := New(streams, catalog)
		root.SetArgs(args)
		err = root.ExecuteContext(ctx)
	}
	clierr.Print(streams.ErrOut, err)
	return clierr.Code(err)
}

// New returns the command tree.
func New(streams genericiooptions.IOStreams, catalog plugin.Catalog) *cobra.Command {
	d := deps{IOStreams: streams, environ: os.Environ(), now: time.Now, catalog: catalog}
	root := &cobra.Command{
		Use:   program,
		Short: "Check the OpenStack client and write a support bundle",
		Long: `openstack-coe-helper answers two questions about Catalyst Cloud Kubernetes at the
command line: is the openstack command on this machine recent enough, and what
does a support ticket about a cluster need to say.

Exit codes: 0 done, or the answer is yes; 1 error, or it could not be told;
2 usage; 3 the answer is no; 4 sign-in is needed or was refused.`,
		Example: `  # Is python-magnumclient recent enough where openstack runs?
  openstack-coe-helper check

  # Everything a support ticket needs, without secrets
  openstack-coe-helper support my-cluster --output my-cluster.tar.gz`,
		Args:          unknownCommand,
		SilenceErrors: true,
		SilenceUsage:  true,
		// How many letters may differ in a command that is suggested instead.
		SuggestionsMinimumDistance: 2,
		RunE:                       func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.ErrOut)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usage(c, "%v", err) })
	root.AddCommand(newCheck(d), newVersion(d))
	root.InitDefaultCompletionCmd()
	describeCompletion(root)
	return root
}

// usage is an error about the command line itself.
func usage(c *cobra.Command, format string, args ...any) error {
	return clierr.New(clierr.Usage, fmt.Sprintf("see %s --help", c.CommandPath()), format, args...)
}

func unknownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := fmt.Errorf("there is no command %q", args[0])
	if close := c.SuggestionsFor(args[0]); len(close) > 0 {
		return clierr.New(clierr.Usage, "did you mean "+strings.Join(close, " or ")+"?", "%w", err)
	}
	return usage(c, "%w", err)
}

// exactly wants as many arguments as there are names.
func exactly(names ...string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == len(names) {
			return nil
		}
		if len(names) == 0 {
			return usage(c, "%s takes no arguments, got %q", c.CommandPath(), args)
		}
		return usage(c, "%s takes %s, got %d arguments", c.CommandPath(), strings.Join(names, " and "), len(args))
	}
}

// describeCompletion gives cobra's own commands the examples that every command
// of ours has.
func describeCompletion(root *cobra.Command) {
	for _, c := range root.Commands() {
		if c.Name() != "completion" {
			continue
		}
		c.Example = "  source <(" + program + " completion bash)"
		for _, shell := range c.Commands() {
			shell.Example = "  " + program + " completion " + shell.Name()
			shell.Args = exactly()
		}
	}
}
