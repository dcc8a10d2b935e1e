package catalyst

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// changeOptions is what the commands that change a cluster have in common.
type changeOptions struct {
	identity
	cluster string // name or UUID
	wait    time.Duration
	output  *cli.OutputFlag
}

func newChangeOptions(env cli.Env) changeOptions {
	return changeOptions{identity: identity{env: env}, output: cli.Output("table", "json")}
}

func (o *changeOptions) bind(fs *pflag.FlagSet) {
	o.identity.bind(fs)
	o.output.Bind(fs)
	bindWait(fs, &o.wait, "wait for the end of it, at most this long")
}

// complete checks what all of these commands take.
func (o *changeOptions) complete(args []string) error {
	if len(args) != 1 {
		return clierr.New(clierr.Usage, "", "name one cluster")
	}
	if o.wait < 0 {
		return clierr.New(clierr.Usage, "", "--wait takes a positive duration")
	}
	o.cluster = args[0]
	return magnum.CheckRef("cluster", o.cluster)
}

// accepted is what follows when Magnum has accepted an operation: a word about
// it, and the wait if one was asked for. before is the cluster as it was.
func (o *changeOptions) accepted(ctx context.Context, s *session, op cluster.Operation, before *magnum.Cluster, what string) error {
	if o.wait == 0 {
		if o.output.Value == "json" {
			return cli.PrintObject(o.env.Out, "json", map[string]string{"uuid": before.UUID, "cluster": before.Name, "operation": string(op)})
		}
		fmt.Fprintf(o.env.ErrOut, "%s; see how it goes with 'kubectl catalyst cluster wait %s'\n", clierr.Clean(what), clierr.Clean(before.Name))
		return nil
	}
	w := waitOptions{operation: op, limit: o.wait, began: o.env.Now()}
	if o.output.Value == "json" {
		w.events = o.env.Out
	} else {
		fmt.Fprintln(o.env.ErrOut, clierr.Clean(what))
	}
	after, err := o.follow(ctx, s, w, before)
	if err == nil && w.events == nil {
		o.conclude(before.Name, after)
	}
	return err
}
