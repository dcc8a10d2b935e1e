package catalyst

import (
	"context"
	"net/netip"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/report"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/probe"
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
	if err == nil {
		s, err = o.withoutProbes(s)
	}
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

// listen reports whether to put a server in the place of the destinations: when
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
