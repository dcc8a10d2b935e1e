package catalyst

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/report"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/probe"
)

// compare holds what was met against what the policies say of the pods that met
// it: they have other addresses than those in whose place they stood.
func (o *netpolProbeOptions) compare(s *netpolState, flows []probed, results []probe.Result) (*report.ProbeAnswer, error) {
	q := &o.question
	a := &report.ProbeAnswer{Source: q.source, Destination: q.destination, Protocol: q.protocol, Port: q.number,
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
		said := engine.Explain(engine.PodAt(at[results[i].Client]), to, f.flow.Protocol, f.flow.Port)
		a.Flows = append(a.Flows, f.beside(s, results[i], said))
	}
	return a, nil
}

// withoutProbes leaves the pods of other probes out: they stand behind Services
// whose pods they stand in for.
func (o *netpolProbeOptions) withoutProbes(s *netpolState) (*netpolState, error) {
	pods := slices.DeleteFunc(slices.Clone(s.in.Objects.Pods), func(p kube.Pod) bool { return probe.Ours(p.Meta.Name, p.Meta.Labels) })
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
