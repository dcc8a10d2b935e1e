package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/internal/session"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/internal/wait"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// changeOptions is the command line that the commands that change a cluster share.
type changeOptions struct {
	session.Identity
	cluster string // name or UUID
	wait    time.Duration
	output  *cli.OutputFlag
}

func newChangeOptions(env cli.Env) changeOptions {
	return changeOptions{Identity: session.Identity{Env: env}, output: cli.Output("table", "json")}
}

func (o *changeOptions) bind(fs *pflag.FlagSet) {
	o.Bind(fs)
	o.output.Bind(fs)
	wait.BindFlag(fs, &o.wait, "wait for the end of it, at most this long")
}

// complete checks what all of these commands take.
func (o *changeOptions) complete(args []string) error {
	if len(args) != 1 {
		return clierr.New(clierr.Usage, "", "name one cluster")
	}
	if o.wait < 0 {
		return wait.ErrNegative
	}
	o.cluster = args[0]
	return magnum.CheckRef("cluster", o.cluster)
}

// finish writes a line about an operation that Magnum has accepted, and waits for
// its end if that was asked for. before is the cluster as it was.
func (o *changeOptions) finish(ctx context.Context, s *session.Session, op cluster.Operation, before *magnum.Cluster, what string) error {
	if o.wait == 0 {
		if o.output.Value == "json" {
			return cli.PrintObject(o.Env.Out, "json", map[string]string{"uuid": before.UUID, "cluster": before.Name, "operation": string(op)})
		}
		fmt.Fprintf(o.Env.ErrOut, "%s; see how it goes with 'kubectl catalyst cluster wait %s'\n", clierr.Clean(what), clierr.Clean(before.Name))
		return nil
	}
	w := wait.Options{Operation: op, Limit: o.wait, Began: o.Env.Now()}
	if o.output.Value == "json" {
		w.Events = o.Env.Out
	} else {
		fmt.Fprintln(o.Env.ErrOut, clierr.Clean(what))
	}
	after, err := wait.Follow(ctx, &o.Identity, s, w, before)
	if err == nil && w.Events == nil {
		wait.PrintEnd(o.Env, before.Name, after)
	}
	return err
}

// errNobodyToAsk is returned for what has to be confirmed where there is no terminal.
var errNobodyToAsk = clierr.New(clierr.Usage, "add --yes when you are sure", "there is no terminal to ask for the name of the cluster")

// confirmName asks for the name of a cluster, and returns an error unless that is
// what was typed.
func confirmName(ctx context.Context, env cli.Env, c *magnum.Cluster, question string) error {
	if env.Terminal == nil {
		return errNobodyToAsk
	}
	typed, err := env.Terminal.Ask(ctx, question, false)
	if err == nil && typed != c.Name {
		err = errors.New("that is not its name: nothing is changed")
	}
	return err
}
