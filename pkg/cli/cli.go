// Package cli is what the two programs have in common on the command line:
// streams, terminal, environment, and how a command ends.
package cli

import (
	"context"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/visible"
)

// Env is all a command touches of the world it runs in.
type Env struct {
	genericiooptions.IOStreams
	Getenv func(string) string
	Now    func() time.Time
	// After is time.After where it is nil. Tests that wait for clusters have a
	// quicker one.
	After func(time.Duration) <-chan time.Time
	// Terminal asks questions; nil when stdin is not a terminal.
	Terminal *Terminal
	// Live is true when progress may be redrawn: stderr is a terminal.
	Live bool

	later func(args []string) // finishes a completion in another process; nil: not at all
}

// System returns the environment of this process. While it answers a shell,
// nothing reaches stderr any more.
func System() Env {
	if completing(os.Args[1:]) {
		silence()
	}
	streams := genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
	e := Env{IOStreams: streams, Getenv: os.Getenv, Now: time.Now, later: finishLater}
	e.Live = term.IsTerminal(int(os.Stderr.Fd())) && os.Getenv("TERM") != "dumb"
	if term.IsTerminal(int(os.Stdin.Fd())) {
		e.Terminal = &Terminal{In: os.Stdin, Out: os.Stderr}
	}
	return e
}

// For returns the environment for a command line: nothing that it writes holds
// characters that a terminal obeys but nobody sees, whichever command writes it
// and in whichever format. That of a completion asks nobody and complains to
// nobody.
func (e Env) For(args []string) Env {
	e.Out, e.ErrOut = visible.NewWriter(e.Out), visible.NewWriter(e.ErrOut)
	if completing(args) {
		return e.quiet()
	}
	return e
}

// width returns how many columns stderr has; 80 where that is not known.
func (e Env) width() int {
	out := e.ErrOut
	if w, ok := out.(*visible.Writer); ok {
		out = w.Unwrap()
	}
	if f, ok := out.(*os.File); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 20 {
			return w
		}
	}
	return 80
}

// Execute runs a command tree and returns the exit code. What fails before a
// command starts its work is a mistake on the command line.
func Execute(ctx context.Context, root *cobra.Command, args []string, env Env) int {
	env = env.For(args)
	if completing(args) {
		if err := env.refuseAsPlugin(root); err != nil {
			return clierr.Code(err)
		}
		return env.complete(ctx, root, args)
	}
	started := false
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		started = true
		return env.refuseAsPlugin(cmd)
	}
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetArgs(args)
	root.SetIn(env.In)
	root.SetOut(env.Out)
	root.SetErr(env.ErrOut)
	cmd, err := root.ExecuteContextC(ctx)
	if _, several := err.(interface{ Unwrap() []error }); err != nil && !started && !several {
		if clierr.Code(err) == clierr.Failure {
			err = clierr.WithCode(err, clierr.Usage)
		}
		err = clierr.WithHint(err, "see '"+cmd.CommandPath()+" --help'")
	}
	clierr.Print(env.ErrOut, err)
	return clierr.Code(err)
}

// Warn writes a line that people should see and scripts may ignore.
func (e Env) Warn(message, hint string) {
	clean := clierr.Message(message)
	_, _ = e.ErrOut.Write([]byte("warning: " + clean + "\n"))
	e.Hint(hint)
}

// Hint writes a next step; "" is none.
func (e Env) Hint(hint string) {
	if hint = clierr.Message(hint); hint != "" {
		_, _ = e.ErrOut.Write([]byte("hint: " + hint + "\n"))
	}
}
