package netpoldiff

import (
	"encoding/json"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// two is pods a and b in namespace x, b with a name for a port of a container and
// one for a port of a sidecar.
const two = `"Namespaces": [{"metadata": {"name": "x"}}],
"Nodes": [{"metadata": {"name": "n", "labels": {"zone": "z"}}, "status": {"addresses": [{"type": "InternalIP", "address": "172.16.0.1"}]}}],
"Pods": [{"metadata": {"name": "a", "namespace": "x", "labels": {"app": "a"}}, "status": {"podIPs": [{"ip": "10.0.0.1"}]}},
 {"metadata": {"name": "b", "namespace": "x", "labels": {"app": "b"}},
  "spec": {"nodeName": "n", "containers": [{"ports": [{"name": "web", "containerPort": 80}]}], "initContainers": [{"restartPolicy": "Always", "ports": [{"name": "side", "containerPort": 81}]}]},
  "status": {"podIPs": [{"ip": "10.0.0.2"}]}}]`

// departures is where an evaluator leaves the specification; the document in
// docs/ has the same list, by these names. The question is always a → b 80 TCP.
var departures = map[string]struct {
	eval     func(testing.TB, *objects) evaluator
	policies string
	ours     bool // what the specification says; the evaluator says otherwise
}{
	"cyclonus: NotIn without the key": {cyclonus,
		`"NetworkPolicies": [{"metadata": {"name": "p", "namespace": "x"}, "spec": {"podSelector": {}, "policyTypes": ["Ingress"],
		"ingress": [{"from": [{"podSelector": {"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["db"]}]}}]}]}}]`, true},
	"cyclonus: an empty value and no key": {cyclonus,
		`"NetworkPolicies": [{"metadata": {"name": "p", "namespace": "x"}, "spec": {"podSelector": {}, "policyTypes": ["Ingress"],
		"ingress": [{"from": [{"podSelector": {"matchLabels": {"tier": ""}}}]}]}}]`, false},
	"kube-network-policies: an egress policy hides the baseline": {kubeNetworkPolicies,
		`"NetworkPolicies": [{"metadata": {"name": "p", "namespace": "x"}, "spec": {"podSelector": {"matchLabels": {"app": "b"}}, "policyTypes": ["Egress"]}}],
		"ClusterNetworkPolicies": [{"metadata": {"name": "c"}, "spec": {"tier": "Baseline", "priority": 1, "subject": {"namespaces": {}},
		"ingress": [{"action": "Deny", "from": [{"namespaces": {}}]}]}}]`, false},
	"kube-network-policies: port names of sidecars": {kubeNetworkPolicies,
		`"NetworkPolicies": [{"metadata": {"name": "p", "namespace": "x"}, "spec": {"podSelector": {}, "policyTypes": ["Ingress"],
		"ingress": [{"ports": [{"port": "side"}]}]}}]`, true},
	"Calico 3.28: port names of sidecars": {func(t testing.TB, o *objects) evaluator { return startAgent(t).calico(t, o) },
		`"NetworkPolicies": [{"metadata": {"name": "p", "namespace": "x"}, "spec": {"podSelector": {}, "policyTypes": ["Ingress"],
		"ingress": [{"ports": [{"port": "side"}]}]}}]`, true},
	"kube-network-policies: v1alpha1 port names match every port": {kubeNetworkPolicies,
		`"AdminNetworkPolicies": [{"metadata": {"name": "p"}, "spec": {"priority": 1, "subject": {"namespaces": {}},
		"ingress": [{"action": "Deny", "from": [{"namespaces": {}}], "ports": [{"namedPort": "web"}]}]}}]`, true},
	"kube-network-policies: v1alpha1 nodes match pods by their node": {kubeNetworkPolicies,
		`"AdminNetworkPolicies": [{"metadata": {"name": "p"}, "spec": {"priority": 1, "subject": {"namespaces": {}},
		"egress": [{"action": "Deny", "to": [{"nodes": {}}]}]}}]`, true},
}

// probed is the port at which a departure shows, where it is not 80.
var probed = map[string]uint16{
	"kube-network-policies: port names of sidecars":               81,
	"Calico 3.28: port names of sidecars":                         81,
	"kube-network-policies: v1alpha1 port names match every port": 82,
}

// TestDepartures: each is still there, and the engine is where the specification
// is. An evaluator that comes round fails the test: then the list gets shorter.
func TestDepartures(t *testing.T) {
	t.Parallel()
	for name, d := range departures {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := &kube.Objects{}
			if err := json.Unmarshal([]byte("{"+two+","+d.policies+"}"), o); err != nil {
				t.Fatal(err)
			}
			e, err := netpol.New(o, netpol.Options{})
			if err != nil {
				t.Fatal(err)
			}
			port, ok := probed[name]
			if !ok {
				port = 80
			}
			if got := e.Explain(e.PodAt(0), e.PodAt(1), ports.TCP, port).Allowed; got != d.ours {
				t.Errorf("engine %t, want %t", got, d.ours)
			}
			api := admit(t, o)
			theirs, _ := ask(d.eval(t, api), end{pod: api.pods[0]}, end{pod: api.pods[1]}, ports.TCP, port)
			if theirs == d.ours {
				t.Errorf("the evaluator says %t too: no departure any more", theirs)
			}
		})
	}
}

// TestRawSpecs: what the API server never hands out, these evaluators do not
// expect; the engine reads the documents themselves and must.
func TestRawSpecs(t *testing.T) {
	t.Parallel()
	o := &kube.Objects{}
	policy := `"NetworkPolicies": [{"metadata": {"name": "p", "namespace": "x"}, "spec": {"podSelector": {}, "ingress": [{"ports": [{"port": 80}]}]}}]`
	if err := json.Unmarshal([]byte("{"+two+","+policy+"}"), o); err != nil {
		t.Fatal(err)
	}
	raw := admit(t, o)
	raw.network[0].Spec.PolicyTypes = nil
	if !panics(func() { cyclonus(t, raw) }) {
		t.Error("cyclonus now reads a policy without policyTypes")
	}
	raw = admit(t, o)
	raw.network[0].Spec.Ingress[0].Ports[0].Protocol = nil
	eval := kubeNetworkPolicies(t, raw)
	if !panics(func() { ask(eval, end{pod: raw.pods[0]}, end{pod: raw.pods[1]}, ports.TCP, 80) }) {
		t.Error("kube-network-policies now reads a port without protocol")
	}
	e, err := netpol.New(o, netpol.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := e.Connections(e.PodAt(0), e.PodAt(1)); got != ports.Range(ports.TCP, 80, 80) {
		t.Errorf("connections %s, want TCP 80", got)
	}
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}
