package catalyst

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// clusterWaitOptions is the command line of cluster wait.
type clusterWaitOptions struct {
	identity
	limit  time.Duration
	output *cli.OutputFlag
}

func newClusterWait(env cli.Env) *cobra.Command {
	o := &clusterWaitOptions{identity: identity{env: env}, output: cli.Output("table", "json")}
	cmd := &cobra.Command{
		Use:   "wait CLUSTER",
		Short: "Wait until the operation on a cluster has ended",
		Long: `Wait until the operation on a cluster has ended: its creation, a change, its
deletion. A cluster with nothing under way is waited for no longer.

On a terminal you see how long it takes already, how long it takes as a rule
(learnt from your earlier ones), state and health and the machines that are up.
Elsewhere each change is a line, and with -o json each is a JSON object.

Ctrl-C ends the waiting and leaves the cluster alone. A network or a Magnum that
is away for a while does not matter; until the cluster has been seen, though, for
five minutes at most.`,
		Example: `  kubectl catalyst cluster wait prod
  kubectl catalyst cluster wait prod --timeout 30m -o json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args[0]) },
	}
	fs := cmd.Flags()
	o.bind(fs)
	o.output.Bind(fs)
	fs.DurationVar(&o.limit, "timeout", 0, "how long to wait (default: until the end)")
	bindWait(fs, &o.limit, "the same as --timeout, as the other commands have it")
	return cmd
}

func (o *clusterWaitOptions) run(ctx context.Context, ref string) error {
	if err := magnum.CheckRef("cluster", ref); err != nil {
		return err
	}
	if o.limit < 0 {
		return clierr.New(clierr.Usage, "", "--timeout takes a positive duration")
	}
	w := waitOptions{resumed: true, limit: o.limit}
	if o.output.Value == "json" {
		w.events = o.env.Out
	}
	began := o.env.Now()
	s, c, err := o.find(ctx, ref, w)
	if err != nil {
		return err
	}
	w.operation = cluster.UnderWay(c)
	if o.limit > 0 {
		w.limit = max(o.limit-o.env.Now().Sub(began), time.Second)
	}
	after, err := o.follow(ctx, s, w, c)
	if err != nil || o.output.Value == "json" {
		return err
	}
	o.conclude(c.Name, after)
	return nil
}

// find signs in and looks for the cluster, through a network that is away. Who
// was asked for a password is not asked again for each try.
func (o *clusterWaitOptions) find(ctx context.Context, ref string, w waitOptions) (*session, *magnum.Cluster, error) {
	who, err := o.resolve()
	if err != nil {
		return nil, nil, err
	}
	progress := o.env.Progress()
	defer progress.Close()
	o.progress, o.answers = progress, map[string]string{}
	defer func() { o.progress, o.answers = nil, nil }()
	w.line = progress.Line(ref)
	d := &waitDisplay{waitOptions: w, now: o.env.Now}
	var s *session
	c, err := cluster.Find(ctx, o.limit, ref, o.env.After, d.tell, func(ctx context.Context) (*magnum.Cluster, error) {
		if s == nil {
			if s, err = connect(ctx, who); err != nil {
				return nil, err
			}
		}
		return s.magnum.Cluster(ctx, ref)
	})
	return s, c, err
}

// follow waits with a display of its own.
func (i *identity) follow(ctx context.Context, s *session, w waitOptions, c *magnum.Cluster) (*magnum.Cluster, error) {
	progress := i.env.Progress()
	defer progress.Close()
	i.progress = progress
	w.line = progress.Line(c.Name)
	w.line.Set("waiting for Magnum to begin")
	return i.await(ctx, s, w, c)
}

// conclude says how a wait ended well, where a terminal has shown and erased it.
func (i *identity) conclude(name string, after *magnum.Cluster) {
	if after == nil {
		fmt.Fprintf(i.env.ErrOut, "cluster %q is deleted\n", clierr.Clean(name))
		return
	}
	fmt.Fprintf(i.env.ErrOut, "cluster %q is %s\n", clierr.Clean(name), clierr.Clean(after.Status))
}
