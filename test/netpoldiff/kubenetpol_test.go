package netpoldiff

import (
	"context"
	"net"
	"net/netip"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/cache"
	"sigs.k8s.io/kube-network-policies/pkg/api"
	"sigs.k8s.io/kube-network-policies/pkg/network"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
	npav1 "sigs.k8s.io/kube-network-policies/plugins/npa-v1alpha1"
	npav2 "sigs.k8s.io/kube-network-policies/plugins/npa-v1alpha2"
	"sigs.k8s.io/network-policy-api/apis/v1alpha2"
	npafake "sigs.k8s.io/network-policy-api/pkg/client/clientset/versioned/fake"
	npainformers "sigs.k8s.io/network-policy-api/pkg/client/informers/externalversions"

	"github.com/catalyst-cloud/kubectl-catalyst/bench/netpolgen"
)

// lookup finds pods by address for kube-network-policies.
type lookup map[string]*api.PodInfo

func (l lookup) GetPodInfoByIP(ip string) (*api.PodInfo, bool) {
	p, ok := l[ip]
	return p, ok
}

func fill[T any](t testing.TB, store cache.Store, list []T) {
	t.Helper()
	for _, one := range list {
		if err := store.Add(one); err != nil {
			t.Fatal(err)
		}
	}
}

// kubeNetworkPolicies evaluates with the engine of kube-network-policies: the
// tiers of one of the two cluster-wide APIs around NetworkPolicy.
func kubeNetworkPolicies(t testing.TB, o *objects) evaluator {
	t.Helper()
	core := informers.NewSharedInformerFactory(fake.NewClientset(), 0)
	npa := npainformers.NewSharedInformerFactory(npafake.NewSimpleClientset(), 0)
	nodes, namespaces, pods := core.Core().V1().Nodes(), core.Core().V1().Namespaces(), core.Core().V1().Pods()
	network := core.Networking().V1().NetworkPolicies()
	admin, baseline := npa.Policy().V1alpha1().AdminNetworkPolicies(), npa.Policy().V1alpha1().BaselineAdminNetworkPolicies()
	cluster := npa.Policy().V1alpha2().ClusterNetworkPolicies()
	fill(t, nodes.Informer().GetStore(), o.nodes)
	fill(t, network.Informer().GetStore(), o.network)
	fill(t, admin.Informer().GetStore(), o.admin)
	fill(t, baseline.Informer().GetStore(), o.baseline)
	fill(t, cluster.Informer().GetStore(), o.cluster)
	engine := networkpolicy.NewPolicyEngine(podLookup(o), []api.PolicyEvaluator{
		npav1.NewAdminNetworkPolicy(admin, nil),
		npav2.NewClusterNetworkPolicy(v1alpha2.AdminTier, cluster, nil, nodes.Lister()),
		networkpolicy.NewStandardNetworkPolicy("elsewhere", namespaces, pods, network),
		npav2.NewClusterNetworkPolicy(v1alpha2.BaselineTier, cluster, nil, nodes.Lister()),
		npav1.NewBaselineAdminNetworkPolicy(baseline),
	})
	return func(p packet) bool {
		allowed, err := engine.EvaluatePacket(context.Background(), packetOf(p))
		if err != nil {
			t.Fatal(err)
		}
		return allowed
	}
}

func podLookup(o *objects) lookup {
	labels := o.namespaceLabels()
	out := make(lookup)
	for _, p := range o.pods {
		for _, ip := range p.Status.PodIPs {
			out[netip.MustParseAddr(ip.IP).String()] = api.NewPodInfo(p, labels[p.Namespace], nil, "")
		}
	}
	return out
}

func packetOf(p packet) *network.Packet {
	family := corev1.IPv4Protocol
	if p.toIP.Is6() {
		family = corev1.IPv6Protocol
	}
	return &network.Packet{Family: family, SrcIP: net.IP(p.fromIP.AsSlice()), DstIP: net.IP(p.toIP.AsSlice()),
		Proto: p.proto, SrcPort: 40000, DstPort: int(p.port)}
}

// TestKubeNetworkPolicies: NetworkPolicy alone.
func TestKubeNetworkPolicies(t *testing.T) {
	t.Parallel()
	compare(t, netpolgen.Kinds{IPv6: true, NoSidecars: true, AllKnown: true}, kubeNetworkPolicies)
}

// TestKubeNetworkPoliciesTiers: with the tiers of each API.
func TestKubeNetworkPoliciesTiers(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]netpolgen.Kinds{
		"v1alpha1": {Admin: true, NoNames: true, NoNodes: true},
		"v1alpha2": {Cluster: true},
	} {
		k.IPv6, k.NoSidecars, k.AllKnown, k.Unique, k.BothTypes = true, true, true, true, true
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compare(t, k, kubeNetworkPolicies)
		})
	}
}
