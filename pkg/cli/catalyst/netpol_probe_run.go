package catalyst

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/probe"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/report"
)

// mostFlows bounds how many flows one probe tries, and so the pods it makes.
const mostFlows = 16

// probed is one flow to try, as the engine and as the prober know it.
type probed struct {
	source, destination netpol.Endpoint
	via                 string
	flow                probe.Flow
}

func (o *netpolProbeOptions) runProbe(ctx context.Context, p *probe.Prober) error {
	s, err := o.state(ctx)
	if err != nil {
		return err
	}
	if err := s.answerable(); err != nil {
		return err
	}
	flows, err := o.flows(s)
	if err != nil {
		return err
	}
	plan := &probe.Plan{ID: probe.NewID(), Options: o.Options}
	plan.Options.Listen = o.listen(flows)
	for _, f := range flows {
		plan.Flows = append(plan.Flows, f.flow)
	}
	if err := plan.Refuse(); err != nil {
		return err
	}
	if o.dryRun {
		return o.manifests(plan.Manifests())
	}
	done := o.showing(p)
	results, err := p.Run(ctx, plan)
	done()
	if err != nil {
		return err
	}
	answer, err := o.compare(s, flows, results)
	if err != nil {
		return err
	}
	return o.report(answer)
}

// flows are the pairs of pods that the two names stand for.
func (o *netpolProbeOptions) flows(s *netpolState) ([]probed, error) {
	sources, err := s.ends(o.question.source)
	if err != nil {
		return nil, err
	}
	targets, err := s.targets(o.question.destination, o.question.protocol, o.question.number)
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
			if f.flow.Addr, err = s.place(t.end); err != nil {
				return nil, err
			}
			if d, ok := t.end.Pod(); ok {
				f.flow.Destination = &s.in.Objects.Pods[d]
			} else if o.Listen {
				return nil, clierr.New(clierr.Usage, "leave --listen out", "nothing can be put in the place of address %q", o.question.destination)
			}
			if err := s.onWindows(f.flow); err != nil {
				return nil, err
			}
			out = append(out, f)
		}
	}
	return out, nil
}

// onWindows refuses nodes that cannot run the probe's pods.
func (s *netpolState) onWindows(f probe.Flow) error {
	for i := range s.in.Objects.Nodes {
		n := &s.in.Objects.Nodes[i].Meta
		if n.Labels["kubernetes.io/os"] == "windows" && n.Name == f.Source.Spec.NodeName {
			return clierr.Errorf("probe from a workload on a Linux node", "node %q runs Windows, and the probe's pods need Linux", n.Name)
		}
	}
	return nil
}

// place is the address to connect to.
func (s *netpolState) place(e netpol.Endpoint) (netip.Addr, error) {
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

// listen tells whether to put a server in the place of the destinations: when
// asked to, and by itself where the real one may be silent.
func (o *netpolProbeOptions) listen(flows []probed) bool {
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

// compare holds what was met against what the policies say of the pods that met
// it: they have other addresses than those in whose place they stood.
func (o *netpolProbeOptions) compare(s *netpolState, flows []probed, results []probe.Result) (*report.ProbeAnswer, error) {
	q := &o.question
	a := &report.ProbeAnswer{Source: q.source, Destination: q.destination, Protocol: q.protocol, Port: q.number,
		Header: report.NewHeader(s.incomplete())}
	objects := s.in.Objects
	objects.Pods = append([]kube.Pod{}, objects.Pods...)
	at := make([][2]int, len(flows))
	for i, f := range flows {
		at[i][0] = len(objects.Pods)
		objects.Pods = append(objects.Pods, standIn(f.flow.Source, results[i].Client, results[i].From))
		at[i][1] = -1
		if results[i].Server != "" {
			at[i][1] = len(objects.Pods)
			objects.Pods = append(objects.Pods, standIn(f.flow.Destination, results[i].Server, []netip.Addr{results[i].To.Addr()}))
		}
	}
	engine, err := netpol.New(&objects, s.options)
	if err != nil {
		return nil, fmt.Errorf("evaluating the policies for the probe's pods: %w", err)
	}
	for i, f := range flows {
		to := f.destination
		if at[i][1] >= 0 {
			to = engine.PodAt(at[i][1])
		} else if to.Addr().IsValid() {
			to = engine.Address(to.Addr())
		} else if d, ok := to.Pod(); ok {
			to = engine.PodAt(d)
		}
		said := engine.Explain(engine.PodAt(at[i][0]), to, f.flow.Protocol, f.flow.Port)
		a.Flows = append(a.Flows, f.beside(s, results[i], said))
	}
	return a, nil
}

// standIn is a pod of the probe as the engine sees it.
func standIn(place *kube.Pod, name string, addrs []netip.Addr) kube.Pod {
	p := *place
	p.Meta.Name, p.Owner = name, kube.Ref{}
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

// beside puts what was met beside what the policies say.
func (f *probed) beside(s *netpolState, r probe.Result, said netpol.Explanation) report.Probed {
	out := report.Probed{Result: r, Policies: said, Source: f.source.String(), SourceNode: f.flow.Source.Spec.NodeName,
		Destination: f.destination.String(), For: f.via, Protocol: f.flow.Protocol, Notes: said.Notes}
	if f.flow.Destination != nil {
		out.DestinationNode = f.flow.Destination.Spec.NodeName
	}
	real := s.engine.Explain(f.source, f.destination, f.flow.Protocol, f.flow.Port)
	if real.Allowed != said.Allowed {
		word := "deny"
		if real.Allowed {
			word = "allow"
		}
		out.Notes = append(out.Notes, "policies tell the probe's pods from the real ones, by their addresses: for those they "+word+" the flow")
	}
	if agree, ok := out.Agree(); ok && !agree && r.Outcome == probe.Refused {
		out.Notes = append(out.Notes, "a plugin may be set to reject what it denies, which looks like a refusal: --listen tells the two apart")
	}
	return out
}

func (o *netpolProbeOptions) report(a *report.ProbeAnswer) error {
	var err error
	if o.output.Value == "table" {
		o.warnIncomplete(a.Incomplete)
		err = report.ProbeText(o.env.Out, a)
	} else {
		err = cli.PrintObject(o.env.Out, o.output.Value, a.Object())
	}
	switch {
	case err != nil:
		return err
	case a.Disagrees() || a.Network() == probe.Denied:
		return no()
	case a.Network() == probe.Unknown:
		return unclear(a)
	}
	return nil
}

// unclear says what may help where the network gave no clear answer.
func unclear(a *report.ProbeAnswer) error {
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
