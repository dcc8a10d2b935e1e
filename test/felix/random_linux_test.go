package felix_test

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/bench/netpolgen"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
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

// documents writes a cluster down as the API takes it.
func documents(t testing.TB, o *kube.Objects) []document {
	t.Helper()
	var b bytes.Buffer
	if err := netpolgen.Write(&b, "json", o); err != nil {
		t.Fatal(err)
	}
	var out []document
	for _, list := range parse(t, b.Bytes()) {
		items, _ := list["items"].([]any)
		for _, item := range items {
			m, _ := item.(map[string]any)
			out = append(out, document(m))
		}
	}
	for _, d := range out {
		if d.text("kind") == "EndpointSlice" {
			d["addressType"] = "IPv4"
			if d["endpoints"] == nil {
				d["endpoints"] = []any{}
			}
			list, _ := d["ports"].([]any)
			for i, port := range list {
				port.(map[string]any)["name"] = fmt.Sprintf("p%d", i)
			}
		}
	}
	return out
}

// engine reads documents as the program reads files.
func engine(t testing.TB, docs []document) (*netpol.Engine, error) {
	t.Helper()
	var b bytes.Buffer
	for _, d := range docs {
		fmt.Fprintf(&b, "---\n%s\n", d.json())
	}
	fmt.Fprintf(&b, "---\n%s\n", nodeDocument)
	in, err := load.Files(t.Context(), []string{"-"}, load.Options{Stdin: &b})
	if err != nil {
		return nil, err
	}
	if len(in.Refused) > 0 {
		return nil, fmt.Errorf("refused: %v", load.Refusals(in.Refused))
	}
	e, err := netpol.New(&in.Objects, netpol.Options{CNI: netpol.Calico})
	if err != nil {
		return nil, err
	}
	if gaps := e.Gaps(); len(gaps) > 0 {
		return nil, fmt.Errorf("incomplete: %v", gaps)
	}
	return e, nil
}

// nodeDocument is the one node there is.
var nodeDocument = fmt.Sprintf(`{"apiVersion": "v1", "kind": "Node", "metadata": {"name": %q},
	"status": {"addresses": [{"type": "InternalIP", "address": %q}, {"type": "InternalIP", "address": %q}]}}`,
	felix.DefaultName, felix.NodeIP(false), felix.NodeIP(true))

// The addresses that are asked about besides the pods, and the ports.
var (
	others = []netip.Addr{felix.NodeIP(false), felix.NodeIP(true), netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("203.0.113.200"),
		netip.MustParseAddr("10.0.1.200"), netip.MustParseAddr("10.0.0.9"), netip.MustParseAddr("172.16.0.2"), netip.MustParseAddr("8.8.8.8"),
		netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("fd00::99"), netip.MustParseAddr("fd01::7")}
	portNumbers = []uint16{53, 80, 81, 443, 8080, 8099, 65535}
)

// question is a cell: a flow in every family that both ends have.
type question struct {
	flow     felix.Flow // without a family
	families []felix.Flow
}

// compare makes the cluster be as the documents say and asks for a cell of every
// port of some, of every pair. It says how many cells there were and where engine
// and reality differ.
func (r *reality) compare(t testing.TB, docs []document, rnd *rand.Rand) (int, string, error) {
	t.Helper()
	e, err := engine(t, docs)
	if err != nil {
		return 0, "", err
	}
	if err := r.become(t.Context(), docs); err != nil {
		return 0, "", err
	}
	questions := r.questions(docs, rnd)
	var flows []felix.Flow
	for _, q := range questions {
		flows = append(flows, q.families...)
	}
	allowed, err := r.allowed(t.Context(), flows)
	if err != nil {
		return 0, "", err
	}
	var differences []string
	for _, q := range questions {
		real := slices.Contains(allowed[:len(q.families)], true)
		allowed = allowed[len(q.families):]
		proto, _ := ports.ParseProtocol(q.flow.Protocol.String())
		if got := e.Explain(place(e, q.flow.From), place(e, q.flow.To), proto, q.flow.Port).Allowed; got != real {
			differences = append(differences, fmt.Sprintf("%s: engine %t, Felix %t", q.flow, got, real))
		}
	}
	return len(questions), strings.Join(differences[:min(len(differences), 12)], "\n"), nil
}

func place(e *netpol.Engine, x felix.End) netpol.Endpoint {
	if x.Name == "" {
		return e.Address(x.IP)
	}
	out, _ := e.Pod(x.Namespace, x.Name)
	return out
}

// choose returns k of the first n numbers; all without r.
func choose(r *rand.Rand, n, k int) []int {
	if r == nil {
		r, k = rand.New(rand.NewPCG(0, 0)), n
	}
	return r.Perm(n)[:k]
}

// questions are the cells: every pair of pods, and every pod with some addresses
// outside, with some ports each; without rnd, with all of them.
func (r *reality) questions(docs []document, rnd *rand.Rand) (out []question) {
	ends := podsOf(docs)
	pods := len(ends)
	for _, i := range choose(rnd, len(others), 4) {
		ends = append(ends, felix.End{IP: others[i]})
	}
	for i, from := range ends {
		for j, to := range ends {
			if i == j || i >= pods && j >= pods {
				continue
			}
			for _, proto := range []felix.Protocol{felix.TCP, felix.UDP, felix.SCTP} {
				for _, k := range choose(rnd, len(portNumbers), 2) {
					q := question{flow: felix.Flow{From: from, To: to, Protocol: proto, Port: portNumbers[k]}}
					if q.families = r.Families(q.flow); len(q.families) > 0 {
						out = append(out, q)
					}
				}
			}
		}
	}
	return out
}
