package netpoldiff

import (
	"context"
	"io"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	authz "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	"github.com/projectcalico/calico/app-policy/checker"
	"github.com/projectcalico/calico/app-policy/policystore"
	"github.com/projectcalico/calico/app-policy/proto"
	"github.com/sirupsen/logrus"
	corev1 "k8s.io/api/core/v1"

	"github.com/catalyst-cloud/kubectl-catalyst/bench/netpolgen"
)

// calico evaluates with Calico's own code: its conversion of Kubernetes' objects,
// Felix's calculation graph with the selector language, and the policy checker
// of app-policy. The checker knows TCP and UDP and traffic inwards; SCTP is asked
// as TCP in a world where the two are exchanged, and traffic outwards in one
// where the rules of both directions are.
func (a *agent) calico(t testing.TB, o *objects) evaluator {
	t.Helper()
	plain, swapped := a.world(t, o), a.world(t, exchange(o))
	return func(p packet) bool {
		w := plain
		if p.proto == corev1.ProtocolSCTP {
			w, p.proto = swapped, corev1.ProtocolTCP
		}
		return w.allows(t, p, true) && w.allows(t, p, false)
	}
}

// exchange returns the objects with SCTP and TCP in each other's place.
func exchange(o *objects) *objects {
	swap := func(p corev1.Protocol) corev1.Protocol {
		switch p {
		case corev1.ProtocolTCP:
			return corev1.ProtocolSCTP
		case corev1.ProtocolSCTP:
			return corev1.ProtocolTCP
		}
		return p
	}
	out := &objects{namespaces: o.namespaces}
	for _, p := range o.pods {
		p = p.DeepCopy()
		for _, list := range [][]corev1.Container{p.Spec.Containers, p.Spec.InitContainers} {
			for i := range list {
				for j := range list[i].Ports {
					list[i].Ports[j].Protocol = swap(list[i].Ports[j].Protocol)
				}
			}
		}
		out.pods = append(out.pods, p)
	}
	for _, p := range o.network {
		p = p.DeepCopy()
		for i := range p.Spec.Ingress {
			for j := range p.Spec.Ingress[i].Ports {
				*p.Spec.Ingress[i].Ports[j].Protocol = swap(*p.Spec.Ingress[i].Ports[j].Protocol)
			}
		}
		for i := range p.Spec.Egress {
			for j := range p.Spec.Egress[i].Ports {
				*p.Spec.Egress[i].Ports[j].Protocol = swap(*p.Spec.Egress[i].Ports[j].Protocol)
			}
		}
		out.network = append(out.network, p)
	}
	return out
}

// side is one direction at one endpoint.
type side struct {
	endpoint string
	ingress  bool
}

// allows asks the checker about one direction.
func (w *world) allows(t testing.TB, p packet, ingress bool) bool {
	t.Helper()
	self := p.to
	if !ingress {
		self = p.from
	}
	if self.pod == nil {
		return true
	}
	key := side{self.String(), ingress}
	c, ok := w.checkers[key]
	if !ok {
		server := checker.NewServer(t.Context(), nil)
		server.Store = w.store(t, self, ingress)
		c = &check{server.Store, server.Check}
		w.checkers[key] = c
	}
	all := c.store.PolicyByID
	c.store.PolicyByID = without(all, p)
	defer func() { c.store.PolicyByID = all }()
	answer, err := c.ask(context.Background(), &authz.CheckRequest{Attributes: &authz.AttributeContext{
		Source: peerAt(p.fromIP, 40000, p.proto), Destination: peerAt(p.toIP, uint32(p.port), p.proto)}})
	if err != nil {
		t.Fatal(err)
	}
	return answer.Status.Code == checker.OK
}

// store returns what the checker reads for an endpoint. For traffic outwards the
// rules of both directions change places.
func (w *world) store(t testing.TB, self end, ingress bool) *policystore.PolicyStore {
	t.Helper()
	out := policystore.NewPolicyStore()
	out.IPSetByID = w.sets
	out.Endpoint = w.endpoint(t, self, ingress)
	for id, one := range w.policies {
		c := *one
		if !ingress {
			c.InboundRules = c.OutboundRules
		}
		out.PolicyByID[id] = &c
	}
	for id, one := range w.profiles {
		c := *one
		if !ingress {
			c.InboundRules = c.OutboundRules
		}
		out.ProfileByID[id] = &c
	}
	return out
}

// without leaves out the rules that except an address of the packet: the checker
// does not look at that part of a rule.
func without(all map[proto.PolicyID]*proto.Policy, p packet) map[proto.PolicyID]*proto.Policy {
	out := maps.Clone(all)
	for id, one := range all {
		hit := func(r *proto.Rule) bool { return excepted(r, p) }
		if slices.ContainsFunc(one.InboundRules, hit) {
			c := *one
			c.InboundRules = slices.DeleteFunc(slices.Clone(c.InboundRules), hit)
			out[id] = &c
		}
	}
	return out
}

func (w *world) endpoint(t testing.TB, e end, ingress bool) *proto.WorkloadEndpoint {
	t.Helper()
	one, ok := w.endpoints[e.String()]
	if !ok {
		t.Fatalf("no endpoint %s among %v", e, slices.Collect(maps.Keys(w.endpoints)))
	}
	out := *one
	out.Tiers = nil
	for _, tier := range one.Tiers {
		c := *tier
		if !ingress {
			c.IngressPolicies = c.EgressPolicies
		}
		if len(c.IngressPolicies) > 0 {
			out.Tiers = append(out.Tiers, &c)
		}
	}
	return &out
}

// excepted reports whether an address of the packet lies in what a rule leaves out.
func excepted(r *proto.Rule, p packet) bool {
	in := func(list []string, ip netip.Addr) bool {
		return slices.ContainsFunc(list, func(s string) bool { return netip.MustParsePrefix(s).Contains(ip) })
	}
	return in(r.NotSrcNet, p.fromIP) || in(r.NotDstNet, p.toIP)
}

func peerAt(ip netip.Addr, port uint32, proto corev1.Protocol) *authz.AttributeContext_Peer {
	return &authz.AttributeContext_Peer{Address: &corev3.Address{Address: &corev3.Address_SocketAddress{
		SocketAddress: &corev3.SocketAddress{
			Protocol: corev3.SocketAddress_Protocol(corev3.SocketAddress_Protocol_value[strings.ToUpper(string(proto))]),
			Address:  ip.String(), PortSpecifier: &corev3.SocketAddress_PortValue{PortValue: port}}}}}
}

// TestCalico: the same answers as the code that runs on Catalyst.
func TestCalico(t *testing.T) {
	t.Parallel()
	logrus.SetOutput(io.Discard)
	compare(t, netpolgen.Kinds{IPv6: true, NoSidecars: true, AllKnown: true}, startAgent(t).calico)
}
