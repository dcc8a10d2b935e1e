package netpol_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/bench/netpolgen"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
	"github.com/catalyst-cloud/kubectl-catalyst/test/seeds"
)

// TestTracesAgreeWithExplain: on random clusters, what a trace says about a port
// is what Explain says about it, rule by rule.
func TestTracesAgreeWithExplain(t *testing.T) {
	t.Parallel()
	asked := 0
	seeds.Check(t, 60, func(r *rand.Rand) string {
		o := netpolgen.Random(r, netpolgen.Everything())
		e, err := netpol.New(o, netpol.Options{})
		if err != nil {
			t.Fatal(err)
		}
		tracer := e.Tracer(netpol.ByPod)
		peers := tracer.Peers()
		for a := range peers {
			for b := range peers {
				if a == b {
					continue
				}
				for _, port := range probePorts {
					x := e.Explain(e.PodAt(peers[a].Pods[0]), e.PodAt(peers[b].Pods[0]), ports.TCP, port)
					if x.Egress.Reason == netpol.OwnNode || x.Ingress.Reason == netpol.OwnNode {
						continue
					}
					n, bad := explained(tracer, a, b, &x, port)
					asked += n
					if bad != "" {
						return fmt.Sprintf("%s -> %s TCP %d: %s", peers[a], peers[b], port, bad)
					}
				}
			}
		}
		return ""
	})
	if asked < 10_000 {
		t.Errorf("only %d questions were asked", asked)
	}
}

// explained holds an explanation against the traces of each address family: it is
// given for one of them. It returns how many families there were to ask.
func explained(tracer *netpol.Tracer, a, b int, x *netpol.Explanation, port uint16) (asked int, bad string) {
	allowed := false
	for family := range tracer.Families() {
		out, in := tracer.Trace(family, netpol.Egress, a, b), tracer.Trace(family, netpol.Ingress, b, a)
		if out == nil || in == nil {
			continue
		}
		allowed = allowed || out.Allowed.Contains(ports.TCP, port) && in.Allowed.Contains(ports.TCP, port)
		why := disagree(&x.Egress, out, port) + disagree(&x.Ingress, in, port)
		if asked == 0 || why == "" {
			bad = why
		}
		asked++
	}
	if asked > 0 && bad == "" && allowed != x.Allowed {
		bad = fmt.Sprintf("explain says %v, the traces %v", x.Allowed, allowed)
	}
	return asked, bad
}

func disagree(side *netpol.Side, tr *netpol.Trace, port uint16) string {
	if side.Allowed != tr.Allowed.Contains(ports.TCP, port) {
		return fmt.Sprintf("%s: explain says %v, trace %s", side.Direction, side.Allowed, tr.Allowed)
	}
	final := make(map[netpol.RuleID]bool)
	for _, s := range tr.Steps {
		if s.Action != "Pass" && s.Ports.Contains(ports.TCP, port) {
			final[s.Rule.ID] = true
		}
	}
	for _, rule := range side.Rules {
		if !final[rule.ID] {
			return fmt.Sprintf("%s: trace lacks rule %d of %s", side.Direction, rule.Index, rule.Policy)
		}
	}
	switch {
	case len(final) != len(side.Rules):
		return fmt.Sprintf("%s: %d rules decide, trace has %d", side.Direction, len(side.Rules), len(final))
	case (side.Reason == netpol.Isolated) != tr.Denied.Contains(ports.TCP, port):
		return fmt.Sprintf("%s: reason %q, trace denies %s", side.Direction, side.Reason, tr.Denied)
	case len(final) > 0 || side.Reason == netpol.Isolated:
		return ""
	case !tr.Open.Contains(ports.TCP, port):
		return fmt.Sprintf("%s: reason %q, trace leaves %s open", side.Direction, side.Reason, tr.Open)
	}
	return ""
}

// TestTraceOfRange: the parts of a range that come about differently are told
// apart.
func TestTraceOfRange(t *testing.T) {
	t.Parallel()
	w := newWorld(t, netpol.Calico, `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: out, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Egress]
  egress:
  - to: [{ipBlock: {cidr: 192.0.2.0/24}}]
  - to: [{ipBlock: {cidr: 192.0.3.0/24}}]`)
	tracer := w.e.Tracer(netpol.ByWorkload)
	flows := 0
	for f := range w.e.Flows(netpol.FlowOptions{External: true}) {
		if f.Destination.Kind != netpol.RangePeer {
			continue
		}
		flows++
		got := tracer.TraceRange(netpol.Egress, 0, netpol.Range{First: f.Destination.First, Last: f.Destination.Last}, 8)
		if len(got) != 2 || got[0].Steps[0].Rule.Index != 0 || got[1].Steps[0].Rule.Index != 1 {
			t.Errorf("%s: %d traces: %+v", f.Destination, len(got), got)
		}
	}
	if flows != 1 {
		t.Errorf("%d ranges are reached, want one", flows)
	}
}
