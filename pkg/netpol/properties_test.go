package netpol_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/bench/netpolgen"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
	"github.com/catalyst-cloud/kubectl-catalyst/test/seeds"
)

func clone(t testing.TB, o *kube.Objects) *kube.Objects {
	t.Helper()
	data, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	out := &kube.Objects{}
	if err := json.Unmarshal(data, out); err != nil {
		t.Fatal(err)
	}
	return out
}

var wholeMap = netpol.FlowOptions{By: netpol.ByPod, External: true}

// TestRedundantRulesChangeNothing: without them the whole map stays the same.
func TestRedundantRulesChangeNothing(t *testing.T) {
	t.Parallel()
	found := 0
	enough := seeds.Check(t, 150, func(r *rand.Rand) string {
		o := netpolgen.Random(r, netpolgen.Everything())
		for i := range o.NetworkPolicies { // a rule less must not change the default
			if p := &o.NetworkPolicies[i].Spec; p.PolicyTypes == nil {
				p.PolicyTypes = []string{"Ingress"}
				if len(p.Egress) > 0 {
					p.PolicyTypes = []string{"Ingress", "Egress"}
				}
			}
		}
		e := engine(t, o, netpol.Options{})
		want := rows(e, wholeMap)
		less := clone(t, o)
		for one := range e.Redundant() {
			found++
			drop(t, less, one.Rule)
			if diff := cmp.Diff(want, rows(engine(t, less, netpol.Options{}), wholeMap)); diff != "" {
				return fmt.Sprintf("without %+v:\n%s\n%s", one, diff, dump(o))
			}
		}
		return ""
	})
	if enough && found == 0 {
		t.Error("no redundant rule in any cluster: nothing was tested")
	}
}

// drop takes a rule away. Redundant yields the last ones first, so indexes stay.
func drop(t *testing.T, o *kube.Objects, r netpol.RuleRef) {
	t.Helper()
	in, at := r.Direction == netpol.Ingress, r.Index
	switch r.Policy.Kind {
	case "NetworkPolicy":
		for i := range o.NetworkPolicies {
			if p := &o.NetworkPolicies[i]; p.Ref() == r.Policy {
				dropAt(in, at, &p.Spec.Ingress, &p.Spec.Egress)
			}
		}
	case "AdminNetworkPolicy":
		for i := range o.AdminNetworkPolicies {
			if p := &o.AdminNetworkPolicies[i]; p.Ref() == r.Policy {
				dropAt(in, at, &p.Spec.Ingress, &p.Spec.Egress)
			}
		}
	case "BaselineAdminNetworkPolicy":
		p := &o.BaselineAdminNetworkPolicies[0]
		dropAt(in, at, &p.Spec.Ingress, &p.Spec.Egress)
	case "ClusterNetworkPolicy":
		for i := range o.ClusterNetworkPolicies {
			if p := &o.ClusterNetworkPolicies[i]; p.Ref() == r.Policy {
				dropAt(in, at, &p.Spec.Ingress, &p.Spec.Egress)
			}
		}
	}
}

func dropAt[I, E any](ingress bool, at int, in *[]I, eg *[]E) {
	if ingress {
		*in = slices.Delete(*in, at, at+1)
	} else {
		*eg = slices.Delete(*eg, at, at+1)
	}
}

// TestDiffIsTheDifference: the changes are exactly what two maps differ in, for
// pods pair by pair and for addresses one by one.
func TestDiffIsTheDifference(t *testing.T) {
	t.Parallel()
	seeds.Check(t, 80, func(r *rand.Rand) string {
		a := netpolgen.Random(r, netpolgen.Everything())
		b := change(r, clone(t, a))
		changes, err := netpol.Diff(a, b, netpol.Options{}, wholeMap)
		if err != nil {
			t.Fatal(err)
		}
		added, removed := map[[2]string]ports.Set{}, map[[2]string]ports.Set{}
		last := [2]string{}
		for c := range changes {
			key := [2]string{c.Source.String(), c.Destination.String()}
			if slices.Compare(last[:], key[:]) >= 0 {
				return fmt.Sprintf("%v comes after %v", key, last)
			}
			last = key
			for name, set := range map[*map[[2]string]ports.Set]ports.Set{&added: c.Added, &removed: c.Removed} {
				for _, k := range sample(c) {
					(*name)[k] = (*name)[k].Union(set)
				}
			}
		}
		ea, eb := engine(t, a, netpol.Options{}), engine(t, b, netpol.Options{})
		for _, pair := range questions(a, b) {
			was, is := ask(ea, pair), ask(eb, pair)
			if added[pair] != is.Minus(was) || removed[pair] != was.Minus(is) {
				return fmt.Sprintf("%v: was %s, is %s, but added %s, removed %s\n%s\n%s", pair, was, is, added[pair], removed[pair], dump(a), dump(b))
			}
		}
		return ""
	})
}

// change alters a cluster: policies go and come, labels and pods change.
func change(r *rand.Rand, o *kube.Objects) *kube.Objects {
	other := netpolgen.Random(r, netpolgen.Everything())
	switch r.IntN(4) {
	case 0:
		o.NetworkPolicies = nil
	case 1:
		o.NetworkPolicies = other.NetworkPolicies
	case 2:
		o.AdminNetworkPolicies, o.ClusterNetworkPolicies = other.AdminNetworkPolicies, other.ClusterNetworkPolicies
	case 3:
		o.Pods[0].Meta.Labels = other.Pods[0].Meta.Labels
		o.Pods = o.Pods[:len(o.Pods)-1]
	}
	return o
}

// addressSample stands for all addresses: one in each region policies tell apart.
var addressSample = []string{"0.0.0.0", "10.0.0.0", "10.0.0.200", "10.0.1.3", "10.0.2.3", "10.3.0.1", "192.0.2.3", "192.0.2.200",
	"203.0.113.3", "203.0.113.200", "255.255.255.255", "::", "fd00::3", "fd00::1:3", "fd00::2:3", "2001:db8::3", "2001:db8:8000::3", "ffff::"}

// sample lists the questions that a change answers.
func sample(c netpol.Change) [][2]string {
	var out [][2]string
	expand := func(p *netpol.Peer) []string {
		if p.Kind != netpol.RangePeer {
			return []string{p.String()}
		}
		var in []string
		for _, text := range addressSample {
			if inPeer(p, asked{party: party{ip: netip.MustParseAddr(text)}}) {
				in = append(in, text)
			}
		}
		return in
	}
	for _, s := range expand(c.Source) {
		for _, d := range expand(c.Destination) {
			out = append(out, [2]string{s, d})
		}
	}
	return out
}

// questions lists every pair of pods of either state, and every pod with every
// sampled address.
func questions(states ...*kube.Objects) [][2]string {
	var pods []string
	for _, o := range states {
		for i := range o.Pods {
			name := o.Pods[i].Meta.Namespace + "/" + o.Pods[i].Meta.Name
			if !slices.Contains(pods, name) {
				pods = append(pods, name)
			}
		}
	}
	var out [][2]string
	for _, a := range pods {
		for _, b := range pods {
			if a != b {
				out = append(out, [2]string{a, b})
			}
		}
		for _, ip := range addressSample {
			out = append(out, [2]string{a, ip}, [2]string{ip, a})
		}
	}
	return out
}

func ask(e *netpol.Engine, pair [2]string) ports.Set {
	var ends [2]netpol.Endpoint
	for i, name := range pair {
		if ip, err := netip.ParseAddr(name); err == nil {
			ends[i] = e.Address(ip)
			continue
		}
		var ok bool
		if ends[i], ok = e.Pod(split(name)); !ok {
			return ports.Set{}
		}
	}
	return e.Connections(ends[0], ends[1])
}

func split(name string) (ns, pod string) {
	for i := range len(name) {
		if name[i] == '/' {
			return name[:i], name[i+1:]
		}
	}
	return "", name
}

// TestUnknownAddressesFailClosed: what is allowed without knowing addresses is
// allowed whichever addresses the pods turn out to have.
func TestUnknownAddressesFailClosed(t *testing.T) {
	t.Parallel()
	kinds := netpolgen.Everything()
	kinds.AllKnown, kinds.IPv6, kinds.HostNetwork = false, false, false
	less := 0
	enough := seeds.Check(t, 150, func(r *rand.Rand) string {
		vague := netpolgen.Random(r, kinds)
		if len(vague.Pods) == 0 {
			return ""
		}
		exact := clone(t, vague)
		for i := range exact.Pods {
			if p := &exact.Pods[i]; p.Status.PodIP == "" {
				p.Status.PodIP = fmt.Sprintf("%s.%d", []string{"10.0.0", "10.0.1", "10.0.2", "10.9.9", "100.64.0"}[r.IntN(5)], 100+i)
				p.Status.PodIPs = []kube.PodIP{{IP: p.Status.PodIP}}
			}
		}
		a, b := engine(t, vague, netpol.Options{}), engine(t, exact, netpol.Options{})
		for i := range vague.Pods {
			for j := range vague.Pods {
				known := b.Connections(b.PodAt(i), b.PodAt(j))
				safe := a.Connections(a.PodAt(i), a.PodAt(j))
				if !safe.Minus(known).Empty() {
					return fmt.Sprintf("%s → %s: %s without addresses, %s with\n%s", a.PodAt(i), a.PodAt(j), safe, known, dump(exact))
				}
				if safe != known {
					less++
					if len(a.Gaps()) == 0 {
						return fmt.Sprintf("%s → %s: less than with addresses, and no gap\n%s", a.PodAt(i), a.PodAt(j), dump(exact))
					}
				}
			}
		}
		return ""
	})
	if enough && less == 0 {
		t.Error("addresses never mattered: nothing was tested")
	}
}
