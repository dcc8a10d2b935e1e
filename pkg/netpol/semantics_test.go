package netpol_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
)

// three pods a, b, c in x and one in z, on two nodes.
const small = `
{kind: Node, metadata: {name: n1}, status: {addresses: [{type: InternalIP, address: 172.16.0.1}]}}
---
{kind: Node, metadata: {name: n2}, status: {addresses: [{type: InternalIP, address: 172.16.0.2}]}}
---
{kind: Namespace, metadata: {name: x}}
---
{kind: Namespace, metadata: {name: z, labels: {team: blue}}}
---
{kind: Pod, metadata: {name: a, namespace: x, labels: {app: a, tier: ""}}, spec: {nodeName: n1, containers: [{ports: [{name: http, containerPort: 80}]}]}, status: {podIP: 10.0.0.1}}
---
{kind: Pod, metadata: {name: b, namespace: x, labels: {app: b}}, spec: {nodeName: n1, containers: [{ports: [{name: http, containerPort: 8080}]}]}, status: {podIP: 10.0.0.2}}
---
{kind: Pod, metadata: {name: c, namespace: x, labels: {app: c}}, spec: {nodeName: n2, containers: [{ports: [{containerPort: 80}]}]}, status: {podIP: 10.0.1.3}}
---
{kind: Pod, metadata: {name: d, namespace: z, labels: {app: a}}, spec: {nodeName: n2, containers: []}, status: {podIP: 10.0.1.4}}
`

// policy returns a NetworkPolicy in namespace x.
func policy(name, spec string) string {
	return "{kind: NetworkPolicy, metadata: {name: " + name + ", namespace: x}, spec: " + spec + "}"
}

// TestPolicyTypesAbsent: Ingress always, Egress only with an egress rule.
func TestPolicyTypesAbsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, netpol.Calico, small, policy("deny", "{podSelector: {matchLabels: {app: a}}}"))
	w.wants("x/b x/a 80 no", "x/a x/b 80 yes", "x/a 8.8.8.8 443 yes")
	w = newWorld(t, netpol.Calico, small, policy("dns", "{podSelector: {matchLabels: {app: a}}, egress: [{ports: [{protocol: UDP, port: 53}]}]}"))
	w.wants("x/b x/a 80 no", "x/a x/b 80 no", "x/a x/b 53/UDP yes")
	w = newWorld(t, netpol.Calico, small, policy("empty", "{podSelector: {matchLabels: {app: a}}, egress: []}"))
	w.wants("x/b x/a 80 no", "x/a x/b 80 yes")
}

// TestEmptyLists: no rule denies, an empty rule allows everything, an empty list
// of peers is any peer and an empty list of ports any port.
func TestEmptyLists(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]string{
		"ingress: []":                                    "no",
		"ingress: null":                                  "no",
		"ingress: [{}]":                                  "yes",
		"ingress: [{from: []}]":                          "yes",
		"ingress: [{ports: []}]":                         "yes",
		"ingress: [{from: [], ports: []}]":               "yes",
		"ingress: [{from: [{podSelector: {}}]}]":         "yes",
		"ingress: [{from: [], ports: [{port: 81}]}]":     "no",
		"ingress: [{from: [{namespaceSelector: {}}]}]":   "yes",
		"ingress: [{from: [{ipBlock: {cidr: '::/0'}}]}]": "no",
	} {
		w := newWorld(t, netpol.Calico, small, policy("p", "{podSelector: {matchLabels: {app: a}}, policyTypes: [Ingress], "+spec+"}"))
		w.wants("x/b x/a 80 " + want)
	}
}

// TestProtocolAbsent: TCP.
func TestProtocolAbsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, netpol.Calico, small, policy("p", "{podSelector: {}, ingress: [{ports: [{port: 80}]}]}"))
	w.wants("x/b x/a 80 yes", "x/b x/a 80/UDP no", "x/b x/a 80/SCTP no", "x/b x/a 81 no")
}

// TestProtocolWithoutPort: every port of the protocol, and no other protocol.
func TestProtocolWithoutPort(t *testing.T) {
	t.Parallel()
	w := newWorld(t, netpol.Calico, small, policy("p", "{podSelector: {}, ingress: [{ports: [{protocol: SCTP}]}]}"))
	w.wants("x/b x/a 1/SCTP yes", "x/b x/a 65535/SCTP yes", "x/b x/a 80 no")
}

// TestEndPort: a range with both ends.
func TestEndPort(t *testing.T) {
	t.Parallel()
	w := newWorld(t, netpol.Calico, small, policy("p", "{podSelector: {}, ingress: [{ports: [{port: 80, endPort: 82}]}]}"))
	w.wants("x/b x/a 79 no", "x/b x/a 80 yes", "x/b x/a 82 yes", "x/b x/a 83 no", "x/b x/a 81/UDP no")
}

// TestEgressOnlyPolicyLeavesIngressOpen: and the later tiers still apply.
func TestEgressOnlyPolicyLeavesIngressOpen(t *testing.T) {
	t.Parallel()
	egress := policy("p", "{podSelector: {}, policyTypes: [Egress]}")
	w := newWorld(t, netpol.Calico, small, egress)
	w.wants("z/d x/a 80 yes", "x/a z/d 80 no")
	baseline := `{kind: BaselineAdminNetworkPolicy, metadata: {name: default}, spec: {subject: {namespaces: {}},
		ingress: [{action: Deny, from: [{namespaces: {}}], ports: [{portNumber: {port: 81}}]}]}}`
	w = newWorld(t, netpol.Calico, small, egress, baseline)
	w.wants("z/d x/a 80 yes", "z/d x/a 81 no")
}

// TestNotInWithoutKey: an absent key is not in any list.
func TestNotInWithoutKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, netpol.Calico, small, policy("p",
		"{podSelector: {matchLabels: {app: a}}, ingress: [{from: [{podSelector: {matchExpressions: [{key: role, operator: NotIn, values: [z]}]}}]}]}"))
	w.wants("x/b x/a 80 yes")
	w = newWorld(t, netpol.Calico, small, policy("p",
		"{podSelector: {matchLabels: {app: a}}, ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [b]}]}}]}]}"))
	w.wants("x/b x/a 80 no", "x/c x/a 80 yes")
}

// TestEmptyLabelValue: it asks for the key with an empty value, not for its
// absence.
func TestEmptyLabelValue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, netpol.Calico, small, policy("p", `{podSelector: {matchLabels: {tier: ""}}}`))
	w.wants("x/c x/a 80 no", "x/c x/b 80 yes")
}

// TestNamedPort: resolved at each destination, in every container and sidecar of
// that protocol, never at an address, and undisturbed by an ipBlock beside it.
func TestNamedPort(t *testing.T) {
	t.Parallel()
	extra := `
{kind: Pod, metadata: {name: e, namespace: x, labels: {app: e}}, spec: {
  containers: [{ports: [{name: http, containerPort: 1000}, {name: http, containerPort: 53, protocol: UDP}]}, {ports: [{name: http, containerPort: 1001}]}],
  initContainers: [{restartPolicy: Always, ports: [{name: http, containerPort: 1002}]}, {ports: [{name: http, containerPort: 1003}]}]}, status: {podIP: 10.0.0.5}}`
	w := newWorld(t, netpol.Calico, small, extra, policy("in", "{podSelector: {}, ingress: [{ports: [{port: http}]}]}"))
	w.wants("z/d x/a 80 yes", "z/d x/a 8080 no", "z/d x/b 8080 yes", "z/d x/b 80 no", "z/d x/c 80 no",
		"z/d x/e 1000 yes", "z/d x/e 1001 yes", "z/d x/e 1002 yes", "z/d x/e 1003 no", "z/d x/e 53/UDP no")
	w = newWorld(t, netpol.Calico, small, extra, policy("out",
		"{podSelector: {matchLabels: {app: c}}, egress: [{to: [{podSelector: {}}, {ipBlock: {cidr: 192.0.2.0/24}}], ports: [{port: http}]}]}"))
	w.wants("x/c x/a 80 yes", "x/c x/b 8080 yes", "x/c x/b 80 no", "x/c x/e 1001 yes", "x/c 192.0.2.1 80 no", "x/c 192.0.2.1 8080 no")
}

// TestBlockOverPods: it matches them under Calico and in the upstream tests, and
// by default does not under Cilium.
func TestBlockOverPods(t *testing.T) {
	t.Parallel()
	p := policy("p", "{podSelector: {matchLabels: {app: a}}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/16, except: [10.0.1.0/24]}}]}]}")
	w := newWorld(t, netpol.Calico, small, p)
	w.wants("x/b x/a 80 yes", "x/c x/a 80 no", "10.0.0.77 x/a 80 yes", "10.0.1.77 x/a 80 no")
	w = newWorld(t, netpol.Generic, small, p)
	w.wants("x/b x/a 80 yes", "x/c x/a 80 no")
	w = newWorld(t, netpol.Cilium, small, p)
	w.wants("x/b x/a 80 no", "x/c x/a 80 no", "10.0.0.77 x/a 80 yes", "172.16.0.2 x/a 80 no")
}

// TestIPv6Block: it is IPv6, and 32.1.13.184 has nothing to do with it.
func TestIPv6Block(t *testing.T) {
	t.Parallel()
	w := newWorld(t, netpol.Calico, small, policy("p", "{podSelector: {matchLabels: {app: a}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 2001:db8::/32}}]}]}"))
	w.wants("x/a 2001:db8::1 443 yes", "x/a 2001:db9::1 443 no", "x/a 32.1.13.184 443 no", "x/a 8.8.8.8 443 no")
	w.hasRow(netpol.FlowOptions{External: true}, "x/a → 2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff: all", true)
}

// TestDualStack: two pods reach each other over any family they share.
func TestDualStack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, netpol.Calico, `
{kind: Pod, metadata: {name: four, namespace: x}, status: {podIPs: [{ip: 10.0.0.1}]}}
---
{kind: Pod, metadata: {name: six, namespace: x}, status: {podIPs: [{ip: "fd00::1"}]}}
---
{kind: Pod, metadata: {name: both, namespace: x}, status: {podIPs: [{ip: 10.0.0.2}, {ip: "fd00::2"}]}}
---
{kind: Pod, metadata: {name: twin, namespace: x, labels: {app: twin}}, status: {podIPs: [{ip: "fd00::3"}, {ip: 10.0.0.3}]}}`,
		policy("p", "{podSelector: {matchLabels: {app: twin}}, ingress: [{from: [{ipBlock: {cidr: fd00::/64}}]}]}"))
	w.wants("x/four x/six 80 no", "x/four x/both 80 yes", "x/six x/both 80 yes",
		"x/both x/twin 80 yes", "x/six x/twin 80 yes", "x/four x/twin 80 no")
	got := w.e.Explain(w.end("x/both"), w.end("x/twin"), 0, 80)
	if diff := cmp.Diff([]string{"allowed over IPv6, denied over IPv4"}, got.Notes); diff != "" {
		t.Errorf("notes (-want +got):\n%s", diff)
	}
}
