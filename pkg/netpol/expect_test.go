package netpol_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/bench/netpolgen"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/expect"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
	"github.com/catalyst-cloud/kubectl-catalyst/test/seeds"
)

// expectations makes random expectations, and knows what their ends stand for.
type expectations struct {
	r     *rand.Rand
	o     *kube.Objects
	taken map[netip.Addr]bool // by pods and nodes
}

func newExpectations(r *rand.Rand, o *kube.Objects) *expectations {
	x := &expectations{r: r, o: o, taken: map[netip.Addr]bool{}}
	for i := range o.Pods {
		for _, ip := range append([]kube.PodIP{{IP: o.Pods[i].Status.PodIP}}, o.Pods[i].Status.PodIPs...) {
			if a, err := netip.ParseAddr(ip.IP); err == nil {
				x.taken[a] = true
			}
		}
	}
	for i := range o.Nodes {
		for _, a := range o.Nodes[i].Status.Addresses {
			if a, err := netip.ParseAddr(a.Address); err == nil {
				x.taken[a] = true
			}
		}
	}
	return x
}

// end returns a random end and, of what it stands for, the pods and some of the
// addresses.
func (x *expectations) end(addresses bool) (text string, list []party) {
	p := &x.o.Pods[x.r.IntN(len(x.o.Pods))]
	has := func(*kube.Pod) bool { return false }
	form := x.r.IntN(3)
	if addresses {
		form = x.r.IntN(6)
	}
	switch form {
	case 0:
		text, has = p.Meta.Namespace, func(q *kube.Pod) bool { return q.Meta.Namespace == p.Meta.Namespace }
	case 1:
		for key, value := range p.Meta.Labels {
			text = p.Meta.Namespace + ":" + key + "=" + value
			has = func(q *kube.Pod) bool {
				got, ok := q.Meta.Labels[key]
				return ok && got == value && q.Meta.Namespace == p.Meta.Namespace
			}
			break
		}
		if text != "" {
			break
		}
		fallthrough
	case 2:
		text = p.Meta.Namespace + "/Pod/" + p.Meta.Name
		has = func(q *kube.Pod) bool { return q == p }
	case 3:
		text = "outside"
		list = x.addresses(func(netip.Addr) bool { return true })
	default:
		block := netip.MustParsePrefix([]string{"10.0.0.0/8", "192.0.2.0/24", "0.0.0.0/0", "::/0", "172.16.0.2/32", "fd00::/16"}[x.r.IntN(6)])
		text = block.String()
		list = x.addresses(block.Contains)
		has = func(q *kube.Pod) bool {
			for _, ip := range q.Status.PodIPs {
				if a, err := netip.ParseAddr(ip.IP); err == nil && block.Contains(a) && !q.Spec.HostNetwork {
					return true
				}
			}
			return false
		}
	}
	for i := range x.o.Pods {
		if q := &x.o.Pods[i]; has(q) && !ended(q) {
			list = append(list, party{pod: q})
		}
	}
	return text, list
}

func (x *expectations) addresses(in func(netip.Addr) bool) (out []party) {
	for _, text := range probeAddresses {
		if a := netip.MustParseAddr(text); in(a) && !x.taken[a] {
			out = append(out, party{ip: a})
		}
	}
	return out
}

// ports returns a random set of ports, and those of it at which a policy can
// change its mind.
func (x *expectations) ports() (set ports.Set, at map[ports.Protocol][]uint16) {
	at = map[ports.Protocol][]uint16{}
	for _, p := range ports.Protocols() {
		if x.r.IntN(2) == 0 {
			continue
		}
		i := x.r.IntN(len(probePorts))
		j := i + x.r.IntN(min(4, len(probePorts)-i))
		set = set.Union(ports.Range(p, probePorts[i], probePorts[j]))
		at[p] = probePorts[i : j+1]
	}
	if set.Empty() {
		return x.ports()
	}
	return set, at
}

// violated looks for a flow against an expectation, with the evaluator that knows
// no classes.
func violated(n naive, from, to []party, at map[ports.Protocol][]uint16, allow bool) string {
	for _, a := range from {
		for _, b := range to {
			if a.pod == nil && b.pod == nil || a.pod != nil && a.pod == b.pod {
				continue
			}
			for proto, list := range at {
				for _, port := range list {
					if n.allowed(a, b, proto.String(), int32(port)) != allow {
						return fmt.Sprintf("%+v → %+v %s %d", a, b, proto, port)
					}
				}
			}
		}
	}
	return ""
}

// TestExpectationsAgainstNaive: an expectation fails exactly when there is a flow
// against it, and the example is one. Of addresses only some are tried, so that a
// failure is held to its example.
func TestExpectationsAgainstNaive(t *testing.T) {
	t.Parallel()
	held, failed := 0, 0
	enough := seeds.Check(t, 150, func(r *rand.Rand) string {
		kinds := netpolgen.Everything()
		kinds.Calico, kinds.Tiers = r.IntN(2) == 0, r.IntN(2) == 0
		o := netpolgen.Random(r, kinds)
		cni := []netpol.CNI{netpol.Calico, netpol.Cilium, netpol.Generic}[r.IntN(3)]
		e := engine(t, o, netpol.Options{CNI: cni})
		n := naive{o: o, cni: cni, seen: make(map[any]endpointLabels)}
		tester, x := expect.NewTester(o, e), newExpectations(r, o)
		for range 12 {
			one := expect.Expectation{Allow: r.IntN(2) == 0}
			var from, to []party
			one.From, from = x.end(true)
			one.To, to = x.end(!strings.ContainsAny(one.From, ".:") && one.From != "outside")
			if len(from) == 0 || len(to) == 0 {
				continue
			}
			set, at := x.ports()
			one.Ports = set
			got, err := tester.Test(one)
			if err != nil {
				continue // an end of pods that have ended
			}
			want := violated(n, from, to, at, one.Allow)
			switch {
			case got.Holds && want != "":
				return fmt.Sprintf("%s: %+v is said to hold, but %s\n%s", cni, one, want, dump(o))
			case !got.Holds && want == "":
				if bad := exampleIsWrong(n, o, got.Example); bad != "" {
					return fmt.Sprintf("%s: %+v is said not to hold, but %s\n%s", cni, one, bad, dump(o))
				}
			}
			if got.Holds {
				held++
			} else {
				failed++
			}
		}
		return ""
	})
	if enough && (held == 0 || failed == 0) {
		t.Errorf("%d expectations held and %d failed: nothing was compared", held, failed)
	}
}

// exampleIsWrong asks the naive evaluator about an example.
func exampleIsWrong(n naive, o *kube.Objects, x *expect.Example) string {
	end := func(text string) party {
		if ip, err := netip.ParseAddr(text); err == nil {
			return party{ip: ip}
		}
		for i := range o.Pods {
			if o.Pods[i].Meta.Namespace+"/"+o.Pods[i].Meta.Name == text {
				return party{pod: &o.Pods[i]}
			}
		}
		return party{}
	}
	if x.Explanation != nil && x.Explanation.Allowed != x.Allowed {
		return fmt.Sprintf("the explanation of %+v says something else", x)
	}
	if n.allowed(end(x.Source), end(x.Destination), x.Protocol.String(), int32(x.Port)) != x.Allowed {
		return fmt.Sprintf("%+v is not so", x)
	}
	return ""
}

// TestRecordHolds: what is recorded of a cluster holds there, and a change shows.
func TestRecordHolds(t *testing.T) {
	t.Parallel()
	changed := 0
	enough := seeds.Check(t, 60, func(r *rand.Rand) string {
		o := netpolgen.Random(r, netpolgen.Everything())
		tester := expect.NewTester(o, engine(t, o, netpol.Options{}))
		all, err := tester.Record("")
		if err != nil {
			return err.Error()
		}
		for _, one := range all {
			if got, err := tester.Test(one); err != nil || !got.Holds {
				return fmt.Sprintf("%+v: %v, %+v\n%s", one, err, got.Example, dump(o))
			}
		}
		other := clone(t, o)
		other.NetworkPolicies, other.CalicoPolicies = nil, nil
		before, after := rows(engine(t, o, netpol.Options{}), wholeMap), rows(engine(t, other, netpol.Options{}), wholeMap)
		if fmt.Sprint(before) == fmt.Sprint(after) {
			return ""
		}
		later := expect.NewTester(other, engine(t, other, netpol.Options{}))
		for _, one := range all {
			if got, err := later.Test(one); err == nil && !got.Holds {
				changed++
				return ""
			}
		}
		return ""
	})
	if enough && changed == 0 {
		t.Error("no record ever noticed that the policies were gone")
	}
}
