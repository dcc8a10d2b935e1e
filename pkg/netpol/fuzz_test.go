package netpol_test

import (
	"errors"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// FuzzPolicies feeds policies to the engine. Whatever they are, it does not
// panic; what it refuses it does not answer for; and what it accepts, it answers
// as the evaluator written from the API reference does.
func FuzzPolicies(f *testing.F) {
	files, order := archive(f, "testdata/cyclonus.txtar")
	for i, name := range order {
		if i%9 == 1 {
			f.Add(files[name])
		}
	}
	for _, doc := range []string{
		`{"kind":"AdminNetworkPolicy","metadata":{"name":"a"},"spec":{"priority":5,"subject":{"namespaces":{}},"ingress":[{"action":"Pass","from":[{"pods":{"namespaceSelector":{},"podSelector":{}}}],"ports":[{"namedPort":"http"},{"portRange":{"start":1,"end":9}}]}],"egress":[{"action":"Deny","to":[{"networks":["10.0.0.0/8"]},{"nodes":{}}]}]}}`,
		`{"kind":"ClusterNetworkPolicy","metadata":{"name":"c"},"spec":{"tier":"Baseline","priority":0,"subject":{"pods":{"namespaceSelector":{},"podSelector":{}}},"egress":[{"action":"Accept","to":[{"domainNames":["a.b"]}],"protocols":[{"udp":{"destinationPort":{"range":{"start":5,"end":7}}}}]}]}}`,
		`{"kind":"NetworkPolicy","metadata":{"name":"p","namespace":"x"},"spec":{"podSelector":{},"ingress":[{"from":[{"ipBlock":{"cidr":"::/0","except":["fd00::/64"]}}],"ports":[{"port":"http","endPort":5}]}]}}`,
	} {
		f.Add([]byte(doc))
	}
	cluster := objects(f, string(files["base.json"]))
	f.Fuzz(func(t *testing.T, data []byte) {
		o := &kube.Objects{Namespaces: cluster.Namespaces, Pods: cluster.Pods}
		policies := &kube.Objects{}
		if err := addObjects(policies, data); err != nil {
			return
		}
		o.NetworkPolicies = policies.NetworkPolicies
		o.AdminNetworkPolicies = policies.AdminNetworkPolicies
		o.BaselineAdminNetworkPolicies = policies.BaselineAdminNetworkPolicies
		o.ClusterNetworkPolicies = policies.ClusterNetworkPolicies
		e, err := netpol.New(o, netpol.Options{})
		var problems netpol.Problems
		switch {
		case err != nil && (!errors.As(err, &problems) || len(problems) == 0 || e != nil):
			t.Fatalf("refused with %v and engine %v", err, e)
		case err != nil:
			return
		}
		for range e.Flows(netpol.FlowOptions{External: true}) {
		}
		for range e.Redundant() {
		}
		e.Policies()
		if len(e.Gaps()) > 0 {
			return // what is unknown the naive evaluator does not understand
		}
		n := naive{o: o, cni: netpol.Calico, seen: make(map[any]endpointLabels)}
		for i := range o.Pods {
			from, to := e.PodAt(i), e.PodAt((i+4)%len(o.Pods))
			for _, proto := range ports.Protocols() {
				want := n.allowed(party{pod: &o.Pods[i]}, party{pod: &o.Pods[(i+4)%len(o.Pods)]}, proto.String(), 80)
				if got := e.Explain(from, to, proto, 80).Allowed; got != want {
					t.Errorf("%s → %s %s 80: %t, naive %t\n%s", from, to, proto, got, want, data)
				}
			}
		}
	})
}
