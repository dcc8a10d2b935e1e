package login

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/session"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/wait"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/login"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// Run logs in as somebody at the command line. limit is how long a cluster that is
// being created is waited for, where o asks for that.
func Run(ctx context.Context, id *session.Identity, o login.Options, limit time.Duration) (login.Result, error) {
	env := id.Env
	o.RequestTimeout = id.RequestTimeout
	o.Host = login.Host{
		In: env.In, Out: env.Out, Getenv: env.Getenv, Now: env.Now,
		Cache: id.Store, Tunnels: id.Tunnels(), Display: display{id, limit},
		SignIn: func(ctx context.Context) (*login.Account, error) {
			who, err := id.Resolve()
			if err != nil {
				return nil, err
			}
			s, err := session.Connect(ctx, who)
			if err != nil {
				return nil, err
			}
			return &login.Account{Session: s.Session, Magnum: s.Magnum, Cloud: who.Identity().Cloud}, nil
		},
	}
	if env.Terminal != nil {
		o.Ask = func(ctx context.Context, question string) (string, error) {
			return env.Terminal.Ask(ctx, question, false)
		}
	}
	return login.Run(ctx, o)
}

// display shows a login on stderr.
type display struct {
	id    *session.Identity
	limit time.Duration
}

func (d display) Warn(message, hint string) { d.id.Env.Warn(message, hint) }
func (d display) Hint(hint string)          { d.id.Env.Hint(hint) }
func (d display) Note(text string)          { fmt.Fprint(d.id.Env.ErrOut, text) }

// Progress shows lines, out of the way of questions.
func (d display) Progress() login.Progress {
	p := progress{d.id.Env.Progress(), d}
	d.id.Progress = p.Progress
	return p
}

type progress struct {
	*cli.Progress
	display display
}

func (p progress) Line(name string) login.Line { return line{p.Progress.Line(name), p.display} }

func (p progress) Close() {
	p.Progress.Close()
	p.display.id.Progress = nil
}

type line struct {
	*cli.Line
	display display
}

func (l line) Wait(ctx context.Context, a *login.Account, c *magnum.Cluster) error {
	_, err := wait.For(ctx, l.display.id, &session.Session{Session: a.Session, Magnum: a.Magnum},
		wait.Options{Operation: cluster.Create, Resumed: true, Limit: l.display.limit, Line: l.Line}, c)
	return err
}

// RunAndPrint logs in and prints the logins: data on stdout, what is current on
// stderr.
func RunAndPrint(ctx context.Context, id *session.Identity, o login.Options, limit time.Duration, output *cli.OutputFlag) error {
	result, err := Run(ctx, id, o, limit)
	if len(result.Logins) == 0 {
		return err
	}
	if o.OutputFile != "-" && !o.DryRun {
		printErr := printLogins(id.Env, output, result.Logins)
		if printErr == nil && (output.Value == "table" || output.Value == "wide") && len(result.Logins) == 1 && !o.NoUse && o.OutputFile == "" {
			fmt.Fprintf(id.Env.ErrOut, "kubectl now uses context %q.\n", result.Logins[0].Context)
		}
		err = errors.Join(err, printErr)
	}
	if o.OutputFile != "" {
		printFingerprints(id.Env, result.Logins)
	}
	return err
}

func printLogins(env cli.Env, output *cli.OutputFlag, logins []login.Login) error {
	return output.Print(env.Out, logins, cli.Rows(logins, func(l login.Login) string { return l.Context }, []cli.Column[login.Login]{
		{Title: "CLUSTER", Cell: func(l login.Login) string { return l.Cluster }},
		{Title: "CONTEXT", Cell: func(l login.Login) string { return l.Context }},
		{Title: "AUTH", Cell: func(l login.Login) string { return l.Auth }},
		{Title: "VERSION", Cell: func(l login.Login) string {
			if l.Reachable != nil && !*l.Reachable {
				return "<unreachable>"
			}
			return l.Version
		}},
		{Title: "UUID", Wide: true, Cell: func(l login.Login) string { return l.UUID }},
		{Title: "PROJECT", Wide: true, Cell: func(l login.Login) string { return l.Project }},
		{Title: "REGION", Wide: true, Cell: func(l login.Login) string { return l.Region }},
		{Title: "SERVER", Wide: true, Cell: func(l login.Login) string { return l.Server }},
		{Title: "KUBECONFIG", Wide: true, Cell: func(l login.Login) string { return l.Kubeconfig }},
	}...))
}

// printFingerprints writes on stderr what to pass on beside a file.
func printFingerprints(env cli.Env, logins []login.Login) {
	for _, l := range logins {
		fmt.Fprintf(env.ErrOut, "CA of %q: SHA-256 %s\n", l.Context, l.CAFingerprint)
	}
	env.Hint("tell the fingerprint to whoever gets the file, by another way than the file goes: they give it with --ca-fingerprint")
}
