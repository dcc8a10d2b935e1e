package cluster

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/internal/session"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst/internal/wait"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// waitOptions is the command line of cluster wait.
type waitOptions struct {
	session.Identity
	limit  time.Duration
	output *cli.OutputFlag
}

func newWait(env cli.Env) *cobra.Command {
	o := &waitOptions{Identity: session.Identity{Env: env}, output: cli.Output("table", "json")}
	cmd := &cobra.Command{
		Use:   "wait CLUSTER",
		Short: "Wait until the operation on a cluster has ended",
		Long: `Wait until the operation on a cluster has ended: its creation, a change, its
deletion. A cluster with nothing under way is waited for no longer.

On a terminal you see how long it takes already, how long it takes as a rule
(learnt from your earlier ones), state and health and the machines that are up.
Elsewhere each change is a line, and with -o json each is a JSON object.

The API server of a cluster that is being created is asked itself: Magnum names
its address long before it answers. What it answers is shown, and the wait ends
when Magnum and the API server agree.

The exit code is 5 when the cluster is still busy after --timeout. Ctrl-C ends the
waiting and leaves the cluster alone. A network or a Magnum that
is away for a while does not matter; until the cluster has been seen, though, for
five minutes at most.`,
		Example: `  kubectl catalyst cluster wait prod
  kubectl catalyst cluster wait prod --timeout 30m -o json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args[0]) },
	}
	fs := cmd.Flags()
	o.Bind(fs)
	o.output.Bind(fs)
	fs.DurationVar(&o.limit, "timeout", 0, "how long to wait (default: until the end)")
	wait.BindFlag(fs, &o.limit, "the same as --timeout, as the other commands have it")
	return cmd
}

func (o *waitOptions) run(ctx context.Context, ref string) error {
	if err := magnum.CheckRef("cluster", ref); err != nil {
		return err
	}
	if o.limit < 0 {
		return clierr.New(clierr.Usage, "", "--timeout takes a positive duration")
	}
	w := wait.Options{Resumed: true, Limit: o.limit}
	if o.output.Value == "json" {
		w.Events = o.Env.Out
	}
	began := o.Env.Now()
	s, c, err := o.find(ctx, ref, w)
	if err != nil {
		return err
	}
	w.Operation = cluster.UnderWay(c)
	if o.limit > 0 {
		w.Limit = max(o.limit-o.Env.Now().Sub(began), time.Second)
	}
	after, err := wait.Follow(ctx, &o.Identity, s, w, c)
	if err != nil || o.output.Value == "json" {
		return err
	}
	wait.PrintEnd(o.Env, c.Name, after)
	return nil
}

// find signs in and looks for the cluster, through a network that is away. Who
// was asked for a password is not asked again for each try.
func (o *waitOptions) find(ctx context.Context, ref string, w wait.Options) (*session.Session, *magnum.Cluster, error) {
	who, forget, err := o.ResolveOnce()
	if err != nil {
		return nil, nil, err
	}
	defer forget()
	progress := o.Env.Progress()
	defer progress.Close()
	w.Line = progress.Line(ref)
	var s *session.Session
	c, err := cluster.Find(ctx, o.limit, ref, o.Env.After, w.Display(o.Env.Now), func(ctx context.Context) (*magnum.Cluster, error) {
		if s == nil {
			if s, err = session.Connect(ctx, who); err != nil {
				return nil, err
			}
		}
		return s.Magnum.Cluster(ctx, ref)
	})
	return s, c, err
}
