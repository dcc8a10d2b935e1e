package felix_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/bench/netpolgen"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/felix"
)

var (
	seedFlag  = flag.Uint64("felix.seed", 0, "first seed of the random clusters; 0 picks one")
	countFlag = flag.Uint64("felix.count", 60, "how many random clusters to hold against reality")
)

// stages is how many states a random cluster goes through while it runs.
const stages = 3

// workers is how many nodes share the random clusters: while one waits for Felix
// another can be asked.
const workers = 2

// TestRandom: random clusters with policies of Kubernetes and Calico, which change
// while they run: every cell is what the engine says. A state that differs is made
// small and kept in testdata, where TestKept finds it.
func TestRandom(t *testing.T) {
	t.Parallel()
	felix.Require(t)
	first := *seedFlag
	if first == 0 {
		first = uint64(time.Now().UnixNano())
	}
	t.Logf("seeds %d to %d: go test ./test/felix -run TestRandom -felix.seed=%[1]d", first, first+*countFlag-1)
	var next, cells atomic.Uint64
	for worker := range workers {
		t.Run(fmt.Sprintf("node %d", worker), func(t *testing.T) {
			t.Parallel()
			r := nodes.borrow(t)
			for i := next.Add(1) - 1; i < *countFlag && !t.Failed(); i = next.Add(1) - 1 {
				cells.Add(uint64(r.seed(t, first+i)))
			}
		})
	}
	t.Cleanup(func() { t.Logf("%d cells", cells.Load()) })
}

// seed holds the states of a seed against reality, one after the other, and returns
// how many cells there were.
func (r *reality) seed(t *testing.T, seed uint64) (cells int) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(seed, 0))
	state := cluster(rnd)
	for stage := range stages {
		if stage > 0 {
			state = mix(rnd, state, cluster(rnd))
		}
		docs := documents(t, state)
		n, difference, err := r.compare(t, docs, rnd)
		if err != nil {
			t.Fatalf("seed %d, stage %d: %v\n%s", seed, stage, err, r.Logs())
		}
		cells += n
		if difference != "" {
			r.keep(t, seed, stage, docs, difference)
			return cells
		}
	}
	return cells
}

// cluster makes a random cluster that one node can hold.
func cluster(r *rand.Rand) *kube.Objects {
	o := netpolgen.Random(r, netpolgen.Kinds{Calico: true, IPv6: true, NoSidecars: true, AllKnown: true, Unique: true})
	o.Nodes = nil
	for i := range o.Pods {
		p := &o.Pods[i]
		p.Spec.NodeName = felix.DefaultName
		for j := range p.Spec.Containers {
			p.Spec.Containers[j].Name = fmt.Sprintf("c%d", j)
			nameOnce(p.Spec.Containers[j].Ports)
		}
	}
	for i := range o.CalicoPolicies {
		spec := &o.CalicoPolicies[i].Spec
		for _, rules := range [][]kube.CalicoRule{spec.Ingress, spec.Egress} {
			for j := range rules {
				rules[j].Source.NotNets = slices.DeleteFunc(rules[j].Source.NotNets, everything)
				rules[j].Destination.NotNets = slices.DeleteFunc(rules[j].Destination.NotNets, everything)
			}
		}
	}
	return o
}

// everything is a range that Felix does not survive as an exception: TestExceptingEverything.
func everything(cidr string) bool { return cidr == "::/0" || cidr == "0.0.0.0/0" }

// nameOnce leaves a container each name of a port once, as the API asks.
func nameOnce(list []kube.ContainerPort) {
	seen := map[string]bool{}
	for i := range list {
		if seen[list[i].Name] {
			list[i].Name = ""
		}
		seen[list[i].Name] = true
	}
}

// mix makes a later state of a: pods go and come, those that stay and whatever else
// has a name in both take their labels and contents from b, sometimes.
func mix(r *rand.Rand, a, b *kube.Objects) *kube.Objects {
	out := &kube.Objects{}
	out.Namespaces = merge(r, a.Namespaces, b.Namespaces, func(x *kube.Namespace) string { return x.Meta.Name }, false)
	out.ServiceAccounts = merge(r, a.ServiceAccounts, b.ServiceAccounts, func(x *kube.ServiceAccount) string { return x.Ref().String() }, false)
	out.NetworkPolicies = merge(r, a.NetworkPolicies, b.NetworkPolicies, func(x *kube.NetworkPolicy) string { return x.Ref().String() }, true)
	out.NetworkSets = merge(r, a.NetworkSets, b.NetworkSets, func(x *kube.NetworkSet) string { return x.Ref().String() }, true)
	out.EndpointSlices = merge(r, a.EndpointSlices, b.EndpointSlices, func(x *kube.EndpointSlice) string { return x.Meta.Namespace + "/" + x.Meta.Name }, true)
	out.CalicoPolicies = merge(r, a.CalicoPolicies, b.CalicoPolicies, func(x *kube.CalicoPolicy) string { return x.Ref().String() }, true)
	taken := map[string]bool{}
	for _, p := range slices.Concat(a.Pods, b.Pods) {
		clash := taken[p.Ref().String()]
		for _, ip := range p.Status.PodIPs {
			clash = clash || taken[ip.IP]
		}
		if clash || r.IntN(3) == 0 {
			continue
		}
		taken[p.Ref().String()] = true
		for _, ip := range p.Status.PodIPs {
			taken[ip.IP] = true
		}
		if r.IntN(2) == 0 {
			p.Meta.Labels = b.Pods[r.IntN(len(b.Pods))].Meta.Labels
		}
		out.Pods = append(out.Pods, p)
	}
	return out
}

// merge takes, of what has one name in both lists, either; the rest stays or comes,
// sometimes when it may go.
func merge[T any](r *rand.Rand, a, b []T, name func(*T) string, mayGo bool) (out []T) {
	byName := map[string]int{}
	for _, list := range [][]T{a, b} {
		for i := range list {
			if mayGo && r.IntN(4) == 0 {
				continue
			}
			at, ok := byName[name(&list[i])]
			switch {
			case !ok:
				byName[name(&list[i])] = len(out)
				out = append(out, list[i])
			case r.IntN(2) == 0:
				out[at] = list[i]
			}
		}
	}
	return out
}
