package netpoldiff

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/network-policy-api/apis/v1alpha1"
	"sigs.k8s.io/network-policy-api/apis/v1alpha2"

	"github.com/catalyst-cloud/kubectl-catalyst/bench/netpolgen"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
	"github.com/catalyst-cloud/kubectl-catalyst/test/seeds"
)

// objects is a cluster in the API's own types, with the defaults that an API
// server sets.
type objects struct {
	namespaces []*corev1.Namespace
	nodes      []*corev1.Node
	pods       []*corev1.Pod
	network    []*networkingv1.NetworkPolicy
	admin      []*v1alpha1.AdminNetworkPolicy
	baseline   []*v1alpha1.BaselineAdminNetworkPolicy
	cluster    []*v1alpha2.ClusterNetworkPolicy
	own        *kube.Objects // with Calico's kinds
}

func recode[From, To any](t testing.TB, list []From) []*To {
	t.Helper()
	var out []*To
	for i := range list {
		data, err := json.Marshal(&list[i])
		if err != nil {
			t.Fatal(err)
		}
		one := new(To)
		if err := json.Unmarshal(data, one); err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		out = append(out, one)
	}
	return out
}

func admit(t testing.TB, o *kube.Objects) *objects {
	t.Helper()
	out := &objects{
		own:        o,
		namespaces: recode[kube.Namespace, corev1.Namespace](t, o.Namespaces),
		nodes:      recode[kube.Node, corev1.Node](t, o.Nodes),
		pods:       recode[kube.Pod, corev1.Pod](t, o.Pods),
		network:    recode[kube.NetworkPolicy, networkingv1.NetworkPolicy](t, o.NetworkPolicies),
		admin:      recode[kube.AdminNetworkPolicy, v1alpha1.AdminNetworkPolicy](t, o.AdminNetworkPolicies),
		baseline:   recode[kube.BaselineAdminNetworkPolicy, v1alpha1.BaselineAdminNetworkPolicy](t, o.BaselineAdminNetworkPolicies),
		cluster:    recode[kube.ClusterNetworkPolicy, v1alpha2.ClusterNetworkPolicy](t, o.ClusterNetworkPolicies),
	}
	for _, n := range out.namespaces {
		if n.Labels == nil {
			n.Labels = map[string]string{}
		}
		n.Labels[corev1.LabelMetadataName] = n.Name
	}
	for _, p := range out.pods {
		defaultPorts(p.Spec.Containers)
		defaultPorts(p.Spec.InitContainers)
	}
	for _, p := range out.network {
		defaultPolicy(p)
	}
	return out
}

// namespaceLabels returns the labels of every namespace that has a pod.
func (o *objects) namespaceLabels() map[string]map[string]string {
	out := make(map[string]map[string]string)
	for _, p := range o.pods {
		out[p.Namespace] = map[string]string{corev1.LabelMetadataName: p.Namespace}
	}
	for _, n := range o.namespaces {
		out[n.Name] = n.Labels
	}
	return out
}

func defaultPorts(list []corev1.Container) {
	for i := range list {
		for j := range list[i].Ports {
			if list[i].Ports[j].Protocol == "" {
				list[i].Ports[j].Protocol = corev1.ProtocolTCP
			}
		}
	}
}

func defaultPolicy(p *networkingv1.NetworkPolicy) {
	if len(p.Spec.PolicyTypes) == 0 {
		p.Spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
		if len(p.Spec.Egress) > 0 {
			p.Spec.PolicyTypes = append(p.Spec.PolicyTypes, networkingv1.PolicyTypeEgress)
		}
	}
	tcp := corev1.ProtocolTCP
	set := func(list []networkingv1.NetworkPolicyPort) {
		for i := range list {
			if list[i].Protocol == nil {
				list[i].Protocol = &tcp
			}
		}
	}
	for i := range p.Spec.Ingress {
		set(p.Spec.Ingress[i].Ports)
	}
	for i := range p.Spec.Egress {
		set(p.Spec.Egress[i].Ports)
	}
}

// end is one end of a flow: a pod, or an address that no pod has.
type end struct {
	pod *corev1.Pod
	ip  netip.Addr
}

func (e end) String() string {
	if e.pod != nil {
		return e.pod.Namespace + "/" + e.pod.Name
	}
	return e.ip.String()
}

// address returns the end's address of a family.
func (e end) address(six bool) (netip.Addr, bool) {
	if e.pod == nil {
		return e.ip, e.ip.Is6() == six
	}
	for _, p := range e.pod.Status.PodIPs {
		if ip := netip.MustParseAddr(p.IP); ip.Is6() == six {
			return ip, true
		}
	}
	return netip.Addr{}, false
}

// packet is one question in one family.
type packet struct {
	from, to     end
	fromIP, toIP netip.Addr
	proto        corev1.Protocol
	port         uint16
}

// evaluator answers for one cluster.
type evaluator func(packet) bool

var probePorts = []uint16{53, 80, 81, 82, 443, 500, 8080, 8200, 65534, 65535}

var probeAddresses = []string{"10.5.0.1", "192.0.2.1", "192.0.2.200", "203.0.113.200", "8.8.8.8", "2001:db8::1", "2001:db8:8000::1", "fd02::1"}

// compare holds the engine against an evaluator on random clusters.
func compare(t *testing.T, k netpolgen.Kinds, build func(testing.TB, *objects) evaluator) {
	t.Helper()
	asked := 0
	seeds.Check(t, 300, func(r *rand.Rand) string {
		o := netpolgen.Random(r, k)
		n, bad, err := disagree(t, o, build(t, admit(t, o)), r)
		asked += n
		if err != nil {
			return fmt.Sprintf("the generator makes what cannot be compared: %v", err)
		}
		if bad == "" {
			return ""
		}
		small := shrink(o, func(o *kube.Objects) bool {
			if _, err := netpol.New(o, netpol.Options{}); err != nil {
				return false
			}
			_, bad, err := disagree(t, o, build(t, admit(t, o)), nil)
			return err == nil && bad != ""
		})
		if _, again, err := disagree(t, small, build(t, admit(t, small)), nil); err == nil && again != "" {
			bad = again
		}
		dump, err := json.Marshal(small)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%s\n%s", bad, dump)
	})
	t.Logf("%d flows agree", asked)
}

// disagree returns the first flow on which the two differ, and how many agreed; an
// error when one of them cannot answer completely. With r it asks about a part of
// the flows, without about all.
func disagree(t testing.TB, o *kube.Objects, eval evaluator, r *rand.Rand) (int, string, error) {
	t.Helper()
	cni := netpol.Generic
	if len(o.CalicoPolicies) > 0 {
		cni = netpol.Calico
	}
	e, err := netpol.New(o, netpol.Options{CNI: cni})
	switch {
	case err != nil:
		return 0, "", err
	case len(e.Gaps()) > 0:
		return 0, "", fmt.Errorf("incomplete: %v", e.Gaps())
	case eval == nil:
		return 0, "", errors.New("no API server would hold the objects")
	}
	api := admit(t, o)
	var ends []end
	for _, p := range api.pods {
		ends = append(ends, end{pod: p})
	}
	for _, i := range choose(r, len(probeAddresses), 3) {
		ends = append(ends, end{ip: netip.MustParseAddr(probeAddresses[i])})
	}
	count := 0
	for _, from := range ends {
		for _, to := range ends {
			if from.pod == nil && to.pod == nil || from.pod != nil && from.pod == to.pod {
				continue
			}
			got := e.Connections(place(e, from), place(e, to))
			for _, proto := range ports.Protocols() {
				for _, i := range choose(r, len(probePorts), 4) {
					port := probePorts[i]
					want, ok := ask(eval, from, to, proto, port)
					if !ok {
						continue
					}
					count++
					if got.Contains(proto, port) != want {
						return count, fmt.Sprintf("%s → %s %s %d: engine %t, the other %t", from, to, proto, port, !want, want), nil
					}
				}
			}
		}
	}
	return count, "", nil
}

// choose returns k of the first n numbers; all without r.
func choose(r *rand.Rand, n, k int) []int {
	if r == nil {
		r, k = rand.New(rand.NewPCG(0, 0)), n
	}
	return r.Perm(n)[:k]
}

func place(e *netpol.Engine, x end) netpol.Endpoint {
	if x.pod == nil {
		return e.Address(x.ip)
	}
	out, _ := e.Pod(x.pod.Namespace, x.pod.Name)
	return out
}

// ask puts the question in every family that both ends have; false when there is
// none.
func ask(eval evaluator, from, to end, proto ports.Protocol, port uint16) (allowed, ok bool) {
	for _, six := range []bool{false, true} {
		a, okA := from.address(six)
		b, okB := to.address(six)
		if okA && okB {
			ok = true
			allowed = allowed || eval(packet{from, to, a, b, corev1.Protocol(proto.String()), port})
		}
	}
	return allowed, ok
}

// namesOf returns the names that a pod's containers give a port.
func namesOf(p *corev1.Pod, proto corev1.Protocol, port uint16) []string {
	if p == nil {
		return nil
	}
	list := slices.Clone(p.Spec.Containers)
	for _, c := range p.Spec.InitContainers {
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			list = append(list, c)
		}
	}
	var out []string
	for _, c := range list {
		for _, one := range c.Ports {
			if one.ContainerPort == int32(port) && one.Protocol == proto && one.Name != "" {
				out = append(out, one.Name)
			}
		}
	}
	return out
}
