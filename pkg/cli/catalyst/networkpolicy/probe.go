package networkpolicy

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/report"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/probe"
)

type probeOptions struct {
	*input
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

func newProbe(env cli.Env) *cobra.Command {
	o := &probeOptions{input: newInput(env), output: cli.Output("table", "json", "yaml")}
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

func (o *probeOptions) bindProbe(fs *pflag.FlagSet) {
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

func (o *probeOptions) complete(args []string) error {
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

func (o *probeOptions) run(ctx context.Context) error {
	config, _, err := o.restConfig()
	if err != nil {
		return err
	}
	api, err := apiserver.New(config)
	if err != nil {
		return err
	}
	p := &probe.Prober{API: api, AcceptTraffic: o.acceptTraffic, Progress: func(string) {}, Debug: o.debug}
	switch {
	case o.clean:
		return o.runClean(ctx, p)
	case o.canary:
		return o.runCanary(ctx, p)
	}
	return o.runProbe(ctx, p)
}

// showProgress lets a person see what a prober does until done is called.
func (o *probeOptions) showProgress(p *probe.Prober) (done func()) {
	progress := o.env.Progress()
	p.Progress = progress.Line("probe").Set
	return progress.Close
}

// printManifests shows what would be created.
func (o *probeOptions) printManifests(objects []*probe.Object) error {
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

// mostFlows bounds how many flows one probe tries, and so the pods it makes.
const mostFlows = 16

// probed is one flow to try, as the engine and as the prober know it.
type probed struct {
	source, destination netpol.Endpoint
	via                 string
	flow                probe.Flow
}

func (o *probeOptions) runProbe(ctx context.Context, p *probe.Prober) error {
	s, err := o.evaluateAll(ctx)
	if err == nil {
		s, err = o.withoutProbes(s)
	}
	if err != nil {
		return err
	}
	if err := s.checkAnswerable(); err != nil {
		return err
	}
	flows, err := o.resolveFlows(s)
	if err != nil {
		return err
	}
	plan := &probe.Plan{ID: probe.NewID(), Options: o.Options}
	plan.Options.Listen = o.needsServer(flows)
	for _, f := range flows {
		plan.Flows = append(plan.Flows, f.flow)
	}
	if err := plan.Refuse(); err != nil {
		return err
	}
	if o.dryRun {
		return o.printManifests(plan.Manifests())
	}
	done := o.showProgress(p)
	results, err := p.Run(ctx, plan)
	done()
	if err != nil {
		return err
	}
	answer, err := o.compare(s, flows, results)
	if err != nil {
		return err
	}
	return o.print(answer)
}

// resolveFlows returns the pairs of pods that the two names stand for.
func (o *probeOptions) resolveFlows(s *evaluation) ([]probed, error) {
	sources, err := s.resolveEnds(o.question.source)
	if err != nil {
		return nil, err
	}
	targets, err := s.resolveTargets(o.question.destination, o.question.protocol, o.question.number)
	if err != nil {
		return nil, err
	}
	if n := len(sources) * len(targets); n > mostFlows {
		return nil, clierr.New(clierr.Usage, "name one pod of each", "that is %d pairs of pods; a probe tries at most %d", n, mostFlows)
	}
	var out []probed
	for _, src := range sources {
		i, ok := src.Pod()
		if !ok {
			return nil, clierr.New(clierr.Usage, "name a pod or a workload as SRC", "nothing can be sent from address %q", o.question.source)
		}
		for _, t := range targets {
			f := probed{src, t.end, t.via, probe.Flow{Source: &s.in.Objects.Pods[i], Protocol: o.question.protocol, Port: t.port}}
			if f.flow.Addr, err = s.addrOf(t.end); err != nil {
				return nil, err
			}
			if d, ok := t.end.Pod(); ok {
				f.flow.Destination = &s.in.Objects.Pods[d]
			} else if o.Listen {
				return nil, clierr.New(clierr.Usage, "leave --listen out", "nothing can be put in the place of address %q", o.question.destination)
			}
			if err := s.checkLinux(f.flow); err != nil {
				return nil, err
			}
			out = append(out, f)
		}
	}
	return out, nil
}

// checkLinux refuses nodes that cannot run the probe's pods.
func (s *evaluation) checkLinux(f probe.Flow) error {
	for i := range s.in.Objects.Nodes {
		n := &s.in.Objects.Nodes[i].Meta
		if n.Labels["kubernetes.io/os"] == "windows" && n.Name == f.Source.Spec.NodeName {
			return clierr.Errorf("probe from a workload on a Linux node", "node %q runs Windows, and the probe's pods need Linux", n.Name)
		}
	}
	return nil
}

// addrOf returns the address to connect to.
func (s *evaluation) addrOf(e netpol.Endpoint) (netip.Addr, error) {
	i, ok := e.Pod()
	if e.Addr().IsValid() || !ok {
		return e.Addr(), nil
	}
	status := &s.in.Objects.Pods[i].Status
	text := status.PodIP
	if len(status.PodIPs) > 0 {
		text = status.PodIPs[0].IP
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return addr, clierr.Errorf("wait until it runs", "pod %q has no address", e)
	}
	return addr, nil
}

// needsServer reports whether to put a server in the place of the destinations: when
// asked to, and by itself where the real one may be silent.
func (o *probeOptions) needsServer(flows []probed) bool {
	if o.listens.Changed || o.question.protocol == ports.TCP {
		return o.Listen
	}
	for _, f := range flows {
		if f.flow.Destination == nil || f.flow.Destination.Spec.HostNetwork {
			return false
		}
	}
	return true
}

func (o *probeOptions) print(a *probeAnswer) error {
	err := o.output.Print(o.env.Out, a.object(), cli.Formats{"table": func(w io.Writer) error {
		o.warnIncomplete(a.Incomplete)
		return a.writeText(w)
	}})
	switch {
	case err != nil:
		return err
	case a.disagrees() || a.network() == probe.Denied:
		return answerNo()
	case a.network() == probe.Unknown:
		return unclear(a)
	}
	return nil
}

// unclear says what may help where the network gave no clear answer.
func unclear(a *probeAnswer) error {
	hint := "ask again; what the probe met is above"
	for i := range a.Flows {
		switch a.Flows[i].Outcome {
		case probe.NoAnswer:
			hint = "--listen lets a pod of the probe answer in its place"
		case probe.Failed:
			hint = "the image needs /agnhost and /bin/sh; --image names another"
		case probe.Unsteady:
			hint = "ask again: policies or the network may just be changing"
		}
	}
	return clierr.Errorf(hint, "the network gave no clear answer")
}

// compare holds what was met against what the policies say of the pods that met
// it: they have other addresses than those in whose place they stood.
func (o *probeOptions) compare(s *evaluation, flows []probed, results []probe.Result) (*probeAnswer, error) {
	q := &o.question
	a := &probeAnswer{Source: q.source, Destination: q.destination, Protocol: q.protocol, Port: q.number,
		Header: report.NewHeader(s.incomplete())}
	objects := s.in.Objects
	objects.Pods = append([]kube.Pod{}, objects.Pods...)
	at := make(map[string]int) // by namespace/name of the probe's pods
	add := func(place *kube.Pod, name string, addrs []netip.Addr) {
		if _, have := at[name]; !have && name != "" {
			at[name] = len(objects.Pods)
			objects.Pods = append(objects.Pods, standIn(place, name, addrs))
		}
	}
	for i, f := range flows {
		add(f.flow.Source, results[i].Client, results[i].From)
		add(f.flow.Destination, results[i].Server, []netip.Addr{results[i].To.Addr()})
	}
	engine, err := netpol.New(&objects, s.options)
	if err != nil {
		return nil, fmt.Errorf("evaluating the policies for the probe's pods: %w", err)
	}
	for i, f := range flows {
		to := f.destination
		if server, ok := at[results[i].Server]; ok {
			to = engine.PodAt(server)
		} else if to.Addr().IsValid() {
			to = engine.Address(to.Addr())
		} else if d, ok := to.Pod(); ok {
			to = engine.PodAt(d)
		}
		expected := engine.Explain(engine.PodAt(at[results[i].Client]), to, f.flow.Protocol, f.flow.Port)
		a.Flows = append(a.Flows, f.compare(s, results[i], expected))
	}
	return a, nil
}

// withoutProbes leaves the pods of other probes out: they stand behind Services
// whose pods they stand in for.
func (o *probeOptions) withoutProbes(s *evaluation) (*evaluation, error) {
	pods := slices.DeleteFunc(slices.Clone(s.in.Objects.Pods), func(p kube.Pod) bool { return probe.IsProbeObject(p.Meta.Name, p.Meta.Labels) })
	if len(pods) == len(s.in.Objects.Pods) {
		return s, nil
	}
	s.in.Objects.Pods = pods
	return o.evaluate(s.in)
}

// standIn is a pod of the probe, by namespace/name, as the engine sees it.
func standIn(place *kube.Pod, name string, addrs []netip.Addr) kube.Pod {
	p := *place
	_, p.Meta.Name, _ = strings.Cut(name, "/")
	p.Owner = kube.Ref{}
	if p.Spec.HostNetwork {
		return p // its node's addresses, as before
	}
	p.Status.Phase, p.Status.PodIP, p.Status.PodIPs = "Running", "", nil
	for _, a := range addrs {
		p.Status.PodIPs = append(p.Status.PodIPs, kube.PodIP{IP: a.String()})
	}
	if len(addrs) > 0 {
		p.Status.PodIP = addrs[0].String()
	}
	return p
}

// compare sets what was met beside what the policies say.
func (f *probed) compare(s *evaluation, r probe.Result, expected netpol.Explanation) triedFlow {
	out := triedFlow{Result: r, Policies: expected, Source: f.source.String(), SourceNode: f.flow.Source.Spec.NodeName,
		Destination: f.destination.String(), For: f.via, Protocol: f.flow.Protocol, Notes: expected.Notes}
	if f.flow.Destination != nil {
		out.DestinationNode = f.flow.Destination.Spec.NodeName
	}
	real := s.engine.Explain(f.source, f.destination, f.flow.Protocol, f.flow.Port)
	if real.Allowed != expected.Allowed {
		word := "deny"
		if real.Allowed {
			word = "allow"
		}
		out.Notes = append(out.Notes, "policies tell the probe's pods from the real ones, by their addresses: for those they "+word+" the flow")
	}
	if agree, ok := out.agrees(); ok && !agree && r.Outcome == probe.Refused {
		out.Notes = append(out.Notes, "a plugin may be set to reject what it denies, which looks like a refusal: --listen tells the two apart")
	}
	return out
}
