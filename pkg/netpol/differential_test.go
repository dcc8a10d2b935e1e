package netpol_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/bench/netpolgen"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
	"github.com/catalyst-cloud/kubectl-catalyst/test/seeds"
)

// probePorts are those at which a random policy can change its mind.
var probePorts = []uint16{1, 52, 53, 54, 80, 81, 82, 443, 444, 500, 8079, 8080, 8081, 8480, 65000, 65534, 65535}

// probeAddresses lie inside and outside of every block of a random policy.
var probeAddresses = []string{"10.0.1.12", "10.0.1.200", "10.0.0.9", "10.5.0.1", "172.16.0.1", "172.16.0.2", "172.16.0.3",
	"192.0.2.1", "192.0.2.200", "203.0.113.200", "203.0.113.1", "8.8.8.8", "0.0.0.0", "255.255.255.255",
	"fd00::1:ffff", "fd00::2:ffff", "fd01::1", "fd01::ff", "2001:db8::1", "2001:db8:8000::1", "::1"}

// TestAgainstNaive compares random clusters, flow by flow, with an evaluator
// written straight from the API reference.
func TestAgainstNaive(t *testing.T) {
	t.Parallel()
	seeds.Check(t, 150, func(r *rand.Rand) string {
		kinds := netpolgen.Everything()
		kinds.Calico, kinds.Tiers = r.IntN(2) == 0, r.IntN(2) == 0
		o := netpolgen.Random(r, kinds)
		cni := []netpol.CNI{netpol.Calico, netpol.Cilium, netpol.Generic}[r.IntN(3)]
		if kinds.Calico && r.IntN(5) > 0 {
			cni = netpol.Calico
		}
		if bad := compareNaive(t, r, o, cni); bad != "" {
			return fmt.Sprintf("%s: %s\n%s", cni, bad, dump(o))
		}
		return ""
	})
}

func dump(o *kube.Objects) string {
	out, err := json.MarshalIndent(o, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(out)
}

// asked is an end of a flow for both evaluators.
type asked struct {
	party party
	end   netpol.Endpoint
}

func compareNaive(t *testing.T, r *rand.Rand, o *kube.Objects, cni netpol.CNI) string {
	t.Helper()
	e := engine(t, o, netpol.Options{CNI: cni})
	n := naive{o: o, cni: cni, seen: make(map[any]endpointLabels)}
	var pods, all []asked
	for i := range o.Pods {
		pods = append(pods, asked{party{pod: &o.Pods[i]}, e.PodAt(i)})
	}
	all = append(all, pods...)
	taken := map[netip.Addr]bool{}
	for i := range o.Pods {
		for _, ip := range o.Pods[i].Status.PodIPs {
			taken[netip.MustParseAddr(ip.IP)] = !o.Pods[i].Spec.HostNetwork
		}
	}
	for _, i := range r.Perm(len(probeAddresses))[:6] {
		if ip := netip.MustParseAddr(probeAddresses[i]); !taken[ip] {
			all = append(all, asked{party{ip: ip}, e.Address(ip)})
		}
	}
	flows := flowsByPod(e)
	probes := make([]uint16, 5)
	for i := range probes {
		probes[i] = probePorts[r.IntN(len(probePorts))]
	}
	for _, from := range all {
		for _, to := range all {
			if from.party.pod == nil && to.party.pod == nil {
				continue
			}
			if bad := compareFlow(n, e, from, to, flows, probes); bad != "" {
				return bad
			}
		}
	}
	return ""
}

// flowsByPod reads the whole map, ranges included.
func flowsByPod(e *netpol.Engine) map[[2]string][]netpol.Flow {
	out := make(map[[2]string][]netpol.Flow)
	name := func(p *netpol.Peer) string {
		if p.Kind == netpol.RangePeer {
			return ""
		}
		return p.String()
	}
	for f := range e.Flows(netpol.FlowOptions{By: netpol.ByPod, External: true}) {
		key := [2]string{name(f.Source), name(f.Destination)}
		out[key] = append(out[key], f)
	}
	return out
}

// mapped returns the ports that the map has for a flow.
func mapped(flows map[[2]string][]netpol.Flow, from, to asked) ports.Set {
	name := func(a asked) string {
		if a.party.pod == nil {
			return ""
		}
		return a.end.String()
	}
	var out ports.Set
	for _, f := range flows[[2]string{name(from), name(to)}] {
		if inPeer(f.Source, from) && inPeer(f.Destination, to) {
			out = out.Union(f.Ports)
		}
	}
	return out
}

func inPeer(p *netpol.Peer, a asked) bool {
	if p.Kind != netpol.RangePeer {
		return true
	}
	ip := a.party.ip
	return ip.Is4() == p.First.Is4() && p.First.Compare(ip) <= 0 && ip.Compare(p.Last) <= 0
}

func compareFlow(n naive, e *netpol.Engine, from, to asked, flows map[[2]string][]netpol.Flow, probes []uint16) string {
	conns := e.Connections(from.end, to.end)
	inMap := mapped(flows, from, to)
	// The map knows ranges, not nodes: a node's own pods are the exception.
	_, fromNode := n.nodeOf(from.party)
	_, toNode := n.nodeOf(to.party)
	exact := !(from.party.pod == nil && fromNode || to.party.pod == nil && toNode)
	self := from.party.pod != nil && from.party.pod == to.party.pod
	for _, proto := range ports.Protocols() {
		for _, port := range probes {
			want := n.allowed(from.party, to.party, proto.String(), int32(port))
			ex := e.Explain(from.end, to.end, proto, port)
			switch {
			case self && ended(from.party.pod):
			case ex.Allowed != want:
				return fmt.Sprintf("Explain %s → %s %s %d: got %t, naive %t\n%+v", from.end, to.end, proto, port, ex.Allowed, want, ex)
			case conns.Contains(proto, port) != want:
				return fmt.Sprintf("Connections %s → %s %s %d: got %s, naive %t", from.end, to.end, proto, port, conns, want)
			case exact && !self && inMap.Contains(proto, port) != want:
				return fmt.Sprintf("Flows %s → %s %s %d: got %s, naive %t", from.end, to.end, proto, port, inMap, want)
			}
		}
	}
	return ""
}

func ended(p *kube.Pod) bool { return p.Status.Phase == "Succeeded" || p.Status.Phase == "Failed" }
