package netpol_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/bench/netpolgen"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
	"github.com/catalyst-cloud/kubectl-catalyst/test/seeds"
)

// own gives pods workloads of a few names, and some of them replicas.
func own(r *rand.Rand, o *kube.Objects) {
	for i := range o.Pods {
		p := &o.Pods[i]
		if r.IntN(4) > 0 {
			p.Owner = kube.Ref{Kind: "Deployment", Namespace: p.Meta.Namespace, Name: fmt.Sprintf("d%d", r.IntN(2))}
		}
		p.Replicas = r.IntN(3)
	}
}

// between returns what some pod of one peer may open at another pod of the other.
func between(e *netpol.Engine, o *kube.Objects, a, b *netpol.Peer) ports.Set {
	var out ports.Set
	for _, i := range a.Pods {
		for _, j := range b.Pods {
			switch {
			case i != j:
				out = out.Union(e.Connections(e.PodAt(i), e.PodAt(j)))
			case o.Pods[i].Replicas > 1:
				out = out.Union(ownReplica(o, i))
			}
		}
	}
	return out
}

// ownReplica returns what one replica may open at another of the same pod: what
// a twin of the pod, with the same labels and no address in common, could.
func ownReplica(o *kube.Objects, i int) ports.Set {
	twin := *o
	twin.Pods = slices.Clone(o.Pods)
	p := twin.Pods[i]
	p.Meta.Name += "-twin"
	twin.Pods = append(twin.Pods, p)
	other, err := netpol.New(&twin, netpol.Options{})
	if err != nil {
		return ports.Set{}
	}
	return other.Connections(other.PodAt(i), other.PodAt(len(twin.Pods)-1))
}

// TestGroupsAreTheSumOfTheirPods: a workload's or a namespace's row is what some
// of its pods may do, every pod that has not ended is in exactly one peer, and a
// workload shown as one has pods that all do the same.
func TestGroupsAreTheSumOfTheirPods(t *testing.T) {
	t.Parallel()
	seeds.Check(t, 60, func(r *rand.Rand) string {
		o := netpolgen.Random(r, netpolgen.Everything())
		own(r, o)
		e := engine(t, o, netpol.Options{})
		for _, by := range []netpol.By{netpol.ByWorkload, netpol.ByPod, netpol.ByNamespace} {
			peers, seen := map[string]*netpol.Peer{}, map[[2]string]bool{}
			last := [2]string{}
			for f := range e.Flows(netpol.FlowOptions{By: by, External: true}) {
				key := [2]string{f.Source.String(), f.Destination.String()}
				if slices.Compare(last[:], key[:]) >= 0 || f.Ports.Empty() {
					return fmt.Sprintf("row %v %s comes after %v", key, f.Ports, last)
				}
				last = key
				for _, p := range []*netpol.Peer{f.Source, f.Destination} {
					if p.Kind != netpol.RangePeer {
						peers[p.String()] = p
					}
				}
				if f.Source.Kind == netpol.RangePeer || f.Destination.Kind == netpol.RangePeer {
					continue
				}
				seen[key] = true
				if want := between(e, o, f.Source, f.Destination); want != f.Ports {
					return fmt.Sprintf("by %d: %v %s, its pods %s\n%s", by, key, f.Ports, want, dump(o))
				}
			}
			for _, a := range peers {
				for _, b := range peers {
					if want := between(e, o, a, b); !want.Empty() && !seen[[2]string{a.String(), b.String()}] {
						return fmt.Sprintf("by %d: %s → %s missing, its pods %s\n%s", by, a, b, want, dump(o))
					}
				}
			}
			if bad := checkPeers(e, o, peers); bad != "" {
				return fmt.Sprintf("by %d: %s\n%s", by, bad, dump(o))
			}
		}
		return ""
	})
}

// checkPeers holds the peers against the pods.
func checkPeers(e *netpol.Engine, o *kube.Objects, peers map[string]*netpol.Peer) string {
	of := make(map[int]string)
	for name, p := range peers {
		for _, i := range p.Pods {
			if old, ok := of[i]; ok || ended(&o.Pods[i]) {
				return fmt.Sprintf("pod %d is in %s and %s", i, name, old)
			}
			of[i] = name
			if p.Kind != netpol.WorkloadPeer || o.Pods[i].Spec.HostNetwork {
				continue
			}
			for k := range o.Pods {
				a, b := e.PodAt(p.Pods[0]), e.PodAt(i)
				if k == i || k == p.Pods[0] || o.Pods[k].Spec.HostNetwork {
					continue // a node's own pods are its own
				}
				if e.Connections(a, e.PodAt(k)) != e.Connections(b, e.PodAt(k)) || e.Connections(e.PodAt(k), a) != e.Connections(e.PodAt(k), b) {
					return fmt.Sprintf("%s: pods %s and %s differ towards %s", name, a, b, e.PodAt(k))
				}
			}
		}
	}
	return ""
}

// TestFacts: what a policy selects, and what its rules and ports match.
func TestFacts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, netpol.Calico, small, hostPod,
		policy("p", `{podSelector: {matchLabels: {app: a}}, policyTypes: [Ingress], ingress: [
			{from: [{podSelector: {matchLabels: {app: b}}}, {ipBlock: {cidr: 10.0.1.0/24}}, {podSelector: {matchLabels: {app: none}}}], ports: [{port: http}, {port: nosuch}, {port: 80}]}],
			egress: [{to: [{ipBlock: {cidr: 172.16.0.0/16}}], ports: [{port: http}]}]}`))
	p := w.e.Policies()[0]
	names := func(list []int) (out []string) {
		for _, i := range list {
			out = append(out, w.e.PodAt(i).String())
		}
		return out
	}
	got := fmt.Sprintln(p.Ref, p.Tier, p.Applies, names(p.Pods))
	for _, r := range p.Rules {
		got += fmt.Sprintln(r.Path, r.Dead)
		for _, q := range r.Peers {
			got += fmt.Sprintln(" ", q.Path, names(q.Pods), q.Block, q.Outside)
		}
		for _, q := range r.Ports {
			got += fmt.Sprintln(" ", q.Path, q.Name, q.Set, q.Found)
		}
	}
	want := `NetworkPolicy x/p NetworkPolicy [false true] [x/a]
spec.egress[0] true
  spec.egress[0].to[0] [x/h] true true
  spec.egress[0].ports[0] http none 0
spec.ingress[0] false
  spec.ingress[0].from[0] [x/b] false false
  spec.ingress[0].from[1] [x/c z/d] true true
  spec.ingress[0].from[2] [] false false
  spec.ingress[0].ports[0] http none 1
  spec.ingress[0].ports[1] nosuch none 0
  spec.ingress[0].ports[2]  TCP 80 0
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if refs := w.e.Isolated(0, netpol.Ingress); len(refs) != 1 || refs[0].Policy.Name != "p" || len(w.e.Isolated(0, netpol.Egress)) != 0 {
		t.Errorf("x/a is isolated by %v and %v", refs, w.e.Isolated(0, netpol.Egress))
	}
	var ranges string
	for _, r := range w.e.External(0, netpol.Ingress) {
		ranges += fmt.Sprintln(r.Range, r.Ports)
	}
	if want := "10.0.1.0-10.0.1.255 TCP 80\n"; ranges != want {
		t.Errorf("reachable from\n%swant\n%s", ranges, want)
	}
}
