package netpoldiff

import (
	"testing"

	"github.com/mattfenwick/cyclonus/pkg/matcher"

	"github.com/catalyst-cloud/kubectl-catalyst/bench/netpolgen"
)

// cyclonus evaluates with the matcher of cyclonus.
func cyclonus(_ testing.TB, o *objects) evaluator {
	policy := matcher.BuildNetworkPolicies(false, o.network)
	labels := o.namespaceLabels()
	peer := func(e end, ip string) *matcher.TrafficPeer {
		out := &matcher.TrafficPeer{IP: ip}
		if e.pod != nil {
			out.Internal = &matcher.InternalPeer{PodLabels: e.pod.Labels, Namespace: e.pod.Namespace, NamespaceLabels: labels[e.pod.Namespace]}
			if out.Internal.PodLabels == nil {
				out.Internal.PodLabels = map[string]string{}
			}
		}
		return out
	}
	return func(p packet) bool {
		traffic := &matcher.Traffic{Source: peer(p.from, p.fromIP.String()), Destination: peer(p.to, p.toIP.String()),
			ResolvedPort: int(p.port), Protocol: p.proto}
		// It takes one name for a port; a pod may give it several.
		ingress, egress := false, false
		for _, name := range append(namesOf(p.to.pod, p.proto, p.port), "") {
			traffic.ResolvedPortName = name
			ingress = ingress || policy.IsIngressOrEgressAllowed(traffic, true).IsAllowed()
			egress = egress || policy.IsIngressOrEgressAllowed(traffic, false).IsAllowed()
		}
		return ingress && egress
	}
}

// TestCyclonus: the same answers wherever it follows the API.
func TestCyclonus(t *testing.T) {
	t.Parallel()
	compare(t, netpolgen.Kinds{IPv6: true, Plain: true, NoNotIn: true, AllKnown: true}, cyclonus)
}
