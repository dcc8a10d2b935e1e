package catalyst

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeapi"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/probe"
)

type netpolProbeOptions struct {
	*netpolInput
	question flowQuestion
	probe.Options
	listens       *pflag.Flag
	canary        bool
	nodes         []string
	clean, all    bool
	dryRun        bool
	acceptTraffic bool
	output        *cli.OutputFlag
}

func newNetpolProbe(env cli.Env) *cobra.Command {
	o := &netpolProbeOptions{netpolInput: newNetpolInput(env), output: cli.Output("table", "json", "yaml")}
	cmd := &cobra.Command{
		Use:   "probe SRC DST --port PORT[/PROTOCOL] | probe --canary | probe --clean",
		Short: "Try whether one reaches the other, or whether policies are enforced, with pods in their place",
		Long: `Try in the cluster itself whether SRC reaches a port of DST, and hold the answer
against what the policies say. SRC and DST are named as for 'explain'.

A pod for a few seconds, with the namespace, labels, service account and node of
SRC, connects to DST; with --listen, and for UDP and SCTP where a server may be
silent, another in the place of DST answers. They are never ready, so that no
Service sends them traffic, belong to no ReplicaSet or the like, meet the
restricted Pod Security Standard and are always removed, also after Ctrl-C; they
end by themselves if this program cannot. --dry-run shows them and sends nothing.

  open      allowed: answered
  refused   allowed: reached, but nothing listens there
  blocked   denied: silence
  rejected  denied: turned away, although the probe's own server listens
  no answer, unreachable, unsteady, failed: no clear answer

--canary proves enforcement: two pods in a namespace of their own reach each
other, no longer under a policy that denies, and again when it is gone.

Exit code 0 means allowed as the policies say (--canary: enforced), 3 denied or
not as the policies say (not enforced), 1 no clear answer.`,
		Example: `  # Does the shop's front end really reach its database?
  kubectl catalyst network-policy probe shop/Deployment/web shop/db-0 --port 5432

  # What would be created for that?
  kubectl catalyst network-policy probe shop/Deployment/web shop/db-0 --port 5432 --dry-run

  # Are network policies enforced on these nodes?
  kubectl catalyst network-policy probe --canary --node worker-0 --node worker-1

  # Remove what probes left that could not end themselves
  kubectl catalyst network-policy probe --clean`,
		Args: func(_ *cobra.Command, args []string) error { return o.complete(args) },
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd.Context()) },
	}
	o.bindProbe(cmd.Flags())
	return cmd
}

func (o *netpolProbeOptions) bindProbe(fs *pflag.FlagSet) {
	o.bindCluster(fs)
	fs.Lookup("namespace").Usage = "with --clean, look in this namespace only"
	o.output.Bind(fs)
	o.question.bind(fs)
	fs.StringVar(&o.Image, "image", probe.DefaultImage, "image of the probe's pods, with /agnhost and /bin/sh")
	fs.DurationVar(&o.Timeout, "timeout", 2*time.Second, "how long one attempt to connect may take; at least two are made")
	fs.DurationVar(&o.Start, "start-timeout", time.Minute, "how long a pod may take to start")
	fs.BoolVar(&o.Listen, "listen", false, "let a pod of the probe answer in the place of DST (the default for UDP and SCTP)")
	fs.BoolVar(&o.acceptTraffic, "accept-traffic", false, "probe even where a Service sends its clients to pods that are not ready")
	fs.BoolVar(&o.canary, "canary", false, "prove that policies are enforced, in a namespace made for it")
	fs.StringArrayVar(&o.nodes, "node", nil, "with --canary, node to prove it on; may be repeated (two ready nodes)")
	fs.BoolVar(&o.clean, "clean", false, "remove what earlier probes left")
	fs.BoolVar(&o.all, "all", false, "with --clean, also what a probe may still be using")
	fs.BoolVar(&o.dryRun, "dry-run", false, "show what would be created (with --clean: removed), and change nothing")
	o.listens = fs.Lookup("listen")
}

func (o *netpolProbeOptions) complete(args []string) error {
	usage := func(hint, text string) error { return clierr.New(clierr.Usage, hint, "%s", text) }
	switch {
	case o.canary && o.clean:
		return usage("use one of them", "--canary and --clean exclude each other")
	case (o.canary || o.clean) && (len(args) > 0 || o.question.port != ""):
		return usage("leave the flow out", "--canary and --clean are about no flow")
	case !o.canary && len(o.nodes) > 0:
		return usage("a probe runs where SRC and DST run", "--node needs --canary")
	case !o.clean && o.all:
		return usage("'probe --clean --all' removes what other probes may still use", "--all needs --clean")
	case o.Timeout < 100*time.Millisecond || o.Timeout > time.Minute:
		return usage("as in --timeout 2s", "--timeout must be from 100ms to 1m")
	case o.Start < time.Second || o.Start > 30*time.Minute:
		return usage("as in --start-timeout 2m", "--start-timeout must be from 1s to 30m")
	case o.Image == "":
		return usage("leave it out for "+probe.DefaultImage, "--image is empty")
	case o.canary || o.clean:
		return nil
	}
	return o.question.complete(args)
}

func (o *netpolProbeOptions) run(ctx context.Context) error {
	config, _, err := o.restConfig()
	if err != nil {
		return err
	}
	api, err := kubeapi.New(config)
	if err != nil {
		return err
	}
	p := &probe.Prober{API: api, AcceptTraffic: o.acceptTraffic, Say: func(string) {}, Debug: o.debug}
	switch {
	case o.clean:
		return o.runClean(ctx, p)
	case o.canary:
		return o.runCanary(ctx, p)
	}
	return o.runProbe(ctx, p)
}

// showing lets a person see what a prober does until done is called.
func (o *netpolProbeOptions) showing(p *probe.Prober) (done func()) {
	progress := o.env.Progress()
	p.Say = progress.Line("probe").Set
	return progress.Close
}

// manifests shows what would be created.
func (o *netpolProbeOptions) manifests(objects []*probe.Object) error {
	if o.output.Value == "json" {
		return cli.PrintObject(o.env.Out, "json", map[string]any{"apiVersion": "v1", "kind": "List", "items": objects})
	}
	for i, object := range objects {
		if i > 0 {
			if _, err := o.env.Out.Write([]byte("---\n")); err != nil {
				return err
			}
		}
		if err := cli.PrintObject(o.env.Out, "yaml", object); err != nil {
			return err
		}
	}
	return nil
}
