package felix_test

import (
	"bytes"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"unicode"

	"github.com/catalyst-cloud/kubectl-catalyst/bench/netpolgen"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/felix"
	"github.com/catalyst-cloud/kubectl-catalyst/test/seeds"
)

// throughText is how often TestGenerator takes a state the way of the programs,
// through text, which costs ten times as much as the engine itself.
const throughText = 16

// TestGenerator: the engine answers completely about every state that TestRandom
// makes. It needs no data plane.
func TestGenerator(t *testing.T) {
	t.Parallel()
	source := seeds.New(t, 1000)
	var count atomic.Uint64
	for worker := range runtime.GOMAXPROCS(0) {
		t.Run(fmt.Sprintf("worker %d", worker), func(t *testing.T) {
			t.Parallel()
			source.Each(func(seed uint64) string {
				for stage, s := range states(source, seed) {
					if err := s.complete(t, seed%throughText == 0); err != nil {
						return fmt.Sprintf("stage %d: %v", stage, err)
					}
					count.Add(1)
				}
				return ""
			})
		})
	}
	t.Cleanup(func() { t.Logf("the engine answers completely about %d states", count.Load()) })
}

// complete returns an error unless the engine answers completely about a state.
func (s state) complete(t testing.TB, asText bool) error {
	if asText {
		_, err := engine(t, s.text(t))
		return err
	}
	all := *s.objects
	all.Nodes = slices.Concat(all.Nodes, givenObjects.Nodes)
	all.EndpointSlices = slices.Concat(all.EndpointSlices, givenObjects.EndpointSlices)
	_, err := evaluate(&all)
	return err
}

// stages is how many states a random cluster goes through while it runs.
const stages = 3

// state is a cluster at a time, and what is asked about it.
type state struct {
	objects *kube.Objects
	outside []int // of the addresses of others
	cells   []cell
}

// cell is a question: the numbers of two ends, which are the pods and then the
// addresses outside, and of a protocol and a port.
type cell struct{ from, to, protocol, port int }

// The addresses that are asked about besides the pods, and the ports.
var (
	others = []netip.Addr{felix.NodeIP(false), felix.NodeIP(true), netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("203.0.113.200"),
		netip.MustParseAddr("10.0.1.200"), netip.MustParseAddr("10.0.0.9"), netip.MustParseAddr("172.16.0.2"), netip.MustParseAddr("8.8.8.8"),
		netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("fd00::99"), netip.MustParseAddr("fd01::7")}
	portNumbers = []uint16{53, 80, 81, 443, 8080, 8099, 65535}
)

// protocols is how many protocols have ports.
const protocols = 3

// states makes the states that a cluster goes through. What they are follows from
// the seed alone.
func states(source *seeds.Source, seed uint64) iter.Seq2[int, state] {
	return func(yield func(int, state) bool) {
		r := seeds.Rand(seed)
		now := cluster(source, r)
		for stage := range stages {
			if stage > 0 {
				now = mix(r, now, cluster(source, r))
			}
			outside, cells := chooseCells(len(now.Pods), r)
			if !yield(stage, state{now, outside, cells}) {
				return
			}
		}
	}
}

// text returns the objects as JSON.
func (s state) text(t testing.TB) []byte {
	t.Helper()
	var text bytes.Buffer
	if err := netpolgen.Write(&text, "json", s.objects); err != nil {
		t.Fatal(err)
	}
	return text.Bytes()
}

// chooseCells returns every pair of pods, and every pod with some addresses outside,
// with some ports each; without r, with all of them.
func chooseCells(pods int, r *rand.Rand) (outside []int, cells []cell) {
	outside = choose(r, len(others), 4)
	ends := pods + len(outside)
	for from := range ends {
		for to := range ends {
			if from == to || from >= pods && to >= pods {
				continue
			}
			for protocol := range protocols {
				for _, port := range choose(r, len(portNumbers), 2) {
					cells = append(cells, cell{from, to, protocol, port})
				}
			}
		}
	}
	return outside, cells
}

// choose returns k of the first n numbers; all without r.
func choose(r *rand.Rand, n, k int) []int {
	if r == nil {
		r, k = rand.New(rand.NewPCG(0, 0)), n
	}
	return r.Perm(n)[:k]
}

// cluster makes a random cluster that one node can hold.
func cluster(source *seeds.Source, r *rand.Rand) *kube.Objects {
	o := netpolgen.Random(r, netpolgen.Kinds{Calico: true, IPv6: true, NoSidecars: true, AllKnown: true, Unique: true})
	o.Nodes = nil
	for i := range o.Pods {
		p := &o.Pods[i]
		p.Spec.NodeName = felix.DefaultName
		for j := range p.Spec.Containers {
			p.Spec.Containers[j].Name = fmt.Sprintf("c%d", j)
			nameOnce(source, p.Spec.Containers[j].Ports)
		}
	}
	everything := func(cidr string) bool {
		all := cidr == "::/0" || cidr == "0.0.0.0/0"
		if all {
			source.LeaveOut("an exception of all addresses, which ends Felix (TestExceptingEverything)")
		}
		return all
	}
	for i := range o.CalicoPolicies {
		spec := &o.CalicoPolicies[i].Spec
		for _, rules := range [][]kube.CalicoRule{spec.Ingress, spec.Egress} {
			for j := range rules {
				rules[j].Source.NotNets = slices.DeleteFunc(rules[j].Source.NotNets, everything)
				rules[j].Destination.NotNets = slices.DeleteFunc(rules[j].Destination.NotNets, everything)
				if lists(rules[j]) > 2 {
					source.LeaveOut("a rule of three lists, whose third Felix does not ask (TestThirdList)")
					rules[j].Source.Nets, rules[j].Destination.Nets = nil, nil
				}
			}
		}
	}
	return o
}

// lists returns how many parts of a rule Felix renders as a list of matches, any of
// which is enough: several networks of an end, or a port's name beside other ports.
func lists(rule kube.CalicoRule) (n int) {
	for _, end := range []kube.CalicoEntity{rule.Source, rule.Destination} {
		if len(end.Nets) > 1 {
			n++
		}
		named := slices.ContainsFunc(end.Ports, func(p kube.IntOrString) bool { return strings.ContainsFunc(p.String(), unicode.IsLetter) })
		if len(end.Ports) > 15 || named && len(end.Ports) > 1 {
			n++
		}
	}
	return n
}

// nameOnce leaves a container each name of a port once, as the API asks.
func nameOnce(source *seeds.Source, list []kube.ContainerPort) {
	seen := map[string]bool{"": true}
	for i := range list {
		if name := &list[i].Name; *name != "" && seen[*name] {
			source.LeaveOut("a second port of one name in a container, which the API refuses")
			*name = ""
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
