package netpol_test

import (
	"errors"
	"strings"
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

const denyAll = "{podSelector: {}, policyTypes: [Ingress, Egress]}"

// hostPod runs on the host network of n1.
const hostPod = `{kind: Pod, metadata: {name: h, namespace: x, labels: {app: b}}, spec: {nodeName: n1, hostNetwork: true, containers: []}, status: {podIP: 172.16.0.1}}`

// TestOwnNode: a node reaches its own pods whatever the policies say.
func TestOwnNode(t *testing.T) {
	t.Parallel()
	w := newWorld(t, netpol.Calico, small, hostPod, policy("deny", denyAll))
	w.wants("172.16.0.1 x/a 80 yes", "172.16.0.2 x/a 80 no", "172.16.0.2 x/c 80 yes", "x/h x/a 80 yes", "x/h x/c 80 no",
		"x/a 172.16.0.1 80 no", "x/a x/h 80 no")
	w.hasRow(netpol.FlowOptions{}, "x/h → x/a: all", true)
	w.hasRow(netpol.FlowOptions{}, "x/h → x/c: all", false)
	if got := w.e.Explain(w.end("x/h"), w.end("x/a"), 0, 80).Ingress.Reason; got != netpol.OwnNode {
		t.Errorf("reason %q, want %q", got, netpol.OwnNode)
	}
	w = newWorld(t, netpol.Generic, small, hostPod, policy("deny", denyAll))
	w.wants("x/a 172.16.0.1 80 yes", "x/a x/h 80 yes", "x/a 172.16.0.2 80 no")
}

// TestPodToItself: always allowed, and never a row of the map.
func TestPodToItself(t *testing.T) {
	t.Parallel()
	for _, docs := range [][]string{{small}, {small, policy("deny", denyAll)}} {
		w := newWorld(t, netpol.Calico, docs...)
		w.wants("x/a x/a 80 yes", "x/a 10.0.0.1 80 yes")
		for _, by := range []netpol.By{netpol.ByPod, netpol.ByWorkload} {
			w.hasRow(netpol.FlowOptions{By: by}, "x/a → x/a: all", false)
		}
	}
}

// TestHostNetwork: such a pod is never selected and no pod peer; it is its
// node's address.
func TestHostNetwork(t *testing.T) {
	t.Parallel()
	w := newWorld(t, netpol.Calico, small, hostPod, policy("deny", denyAll))
	w.wants("z/d x/h 80 yes", "x/h z/d 80 yes", "x/h 8.8.8.8 80 yes", "8.8.8.8 x/h 80 yes")
	w = newWorld(t, netpol.Calico, small, hostPod, policy("p", "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: b}}}]}]}"))
	w.wants("x/b x/c 80 yes", "x/h x/c 80 no")
	w = newWorld(t, netpol.Calico, small, hostPod, policy("p", "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 172.16.0.0/31}}]}]}"))
	w.wants("x/b x/c 80 no", "x/h x/c 80 yes")
	w = newWorld(t, netpol.Cilium, small, hostPod, policy("p", "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}"))
	w.wants("x/h x/c 80 no", "x/h x/a 80 yes", "8.8.8.8 x/c 80 yes")
}

// TestEndedPods: they have no address, so nothing reaches them and they are in
// no map; whoever has their old address now is somebody else.
func TestEndedPods(t *testing.T) {
	t.Parallel()
	for _, phase := range []string{"Succeeded", "Failed"} {
		w := newWorld(t, netpol.Calico, small, "{kind: Pod, metadata: {name: old, namespace: x, labels: {app: a}}, status: {phase: "+phase+", podIP: 10.0.0.1}}")
		w.wants("x/a x/old 80 no", "x/old x/a 80 no", "x/old 8.8.8.8 80 no")
		if got := w.end("10.0.0.1").String(); got != "x/a" {
			t.Errorf("10.0.0.1 is %s, want x/a", got)
		}
		for _, row := range rows(w.e, netpol.FlowOptions{By: netpol.ByPod, External: true}) {
			if strings.Contains(row, "x/old") {
				t.Errorf("row %q", row)
			}
		}
	}
}

// TestPodsOfOneOwner: with labels that a policy tells apart they are shown apart,
// otherwise together.
func TestPodsOfOneOwner(t *testing.T) {
	t.Parallel()
	o := documents(t, small+"\n---\n"+policy("p", `{podSelector: {matchLabels: {app: a}}, ingress: [{from: [{podSelector: {matchLabels: {statefulset.kubernetes.io/pod-name: s-0}}}]}]}`)+`
---
{kind: Pod, metadata: {name: s-0, namespace: x, labels: {statefulset.kubernetes.io/pod-name: s-0}}}
---
{kind: Pod, metadata: {name: s-1, namespace: x, labels: {statefulset.kubernetes.io/pod-name: s-1}}}
---
{kind: Pod, metadata: {name: t-0, namespace: x, labels: {statefulset.kubernetes.io/pod-name: t-0}}}
---
{kind: Pod, metadata: {name: t-1, namespace: x, labels: {statefulset.kubernetes.io/pod-name: t-1}}}`)
	for i := range o.Pods {
		switch p := &o.Pods[i]; {
		case strings.HasPrefix(p.Meta.Name, "s-"):
			p.Owner.Kind, p.Owner.Name = "StatefulSet", "s"
		case strings.HasPrefix(p.Meta.Name, "t-"):
			p.Owner.Kind, p.Owner.Name = "StatefulSet", "t"
		}
	}
	w := &world{t: t, o: o, e: engine(t, o, netpol.Options{})}
	w.hasRow(netpol.FlowOptions{}, "x/s-0 → x/a: all", true)
	w.hasRow(netpol.FlowOptions{}, "x/s-1 → x/a: all", false)
	w.hasRow(netpol.FlowOptions{}, "x/StatefulSet/t → x/b: all", true)
	w.hasRow(netpol.FlowOptions{}, "x/StatefulSet/t → x/StatefulSet/t: all", true)
	w.hasRow(netpol.FlowOptions{By: netpol.ByNamespace}, "x → z: all", true)
}

// TestNamespaceNameLabel: the API server adds it, so it is there, and what the
// manifest says instead does not count.
func TestNamespaceNameLabel(t *testing.T) {
	t.Parallel()
	w := newWorld(t, netpol.Calico, small, policy("p", "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: z}}}]}]}"))
	w.wants("z/d x/a 80 yes", "x/b x/a 80 no")
}

// TestMissingNamespace: the name counts, other labels are a gap.
func TestMissingNamespace(t *testing.T) {
	t.Parallel()
	stray := "{kind: Pod, metadata: {name: s, namespace: stray}}"
	w := newWorld(t, netpol.Calico, small, stray, policy("p", "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: stray}}}]}]}"))
	w.wants("stray/s x/a 80 yes")
	if len(w.e.Gaps()) != 0 {
		t.Errorf("gaps %v, want none", w.e.Gaps())
	}
	w = newWorld(t, netpol.Calico, small, stray, policy("p", "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: s}}}]}]}"))
	w.wants("stray/s x/a 80 no")
	if gaps := w.e.Gaps(); len(gaps) != 1 || gaps[0].Ref.Name != "stray" {
		t.Errorf("gaps %v, want one about namespace stray", gaps)
	}
}

// TestServices: policies apply behind the service. Its address is in no block,
// and what has to be open is the pod's port.
func TestServices(t *testing.T) {
	t.Parallel()
	w := newWorld(t, netpol.Calico, small, `
{kind: Service, metadata: {name: web, namespace: x}, spec: {clusterIP: 10.96.0.10, selector: {app: b},
  ports: [{port: 80, targetPort: http}, {name: other, port: 81, targetPort: 9}, {name: same, port: 82}, {name: none, port: 83, targetPort: nosuch}]}}`,
		policy("p", "{podSelector: {matchLabels: {app: a}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.96.0.0/12}}]}]}"))
	w.wants("x/a 10.96.0.10 80 no", "x/a 10.96.0.11 80 yes", "x/a x/b 8080 no")
	end := w.end("10.96.0.10")
	if end.Service() == nil || end.Service().Meta.Name != "web" {
		t.Fatalf("10.96.0.10 is %+v, want service web", end)
	}
	var got []uint16
	for _, b := range w.e.Backends(end.Service()) {
		for _, p := range b.Pods {
			got = append(got, p.Port)
		}
	}
	if diff := cmp.Diff([]uint16{8080, 9, 82}, got); diff != "" {
		t.Errorf("backends (-want +got):\n%s", diff)
	}
}

// TestRepliesAreImplicit: opening one direction is enough.
func TestRepliesAreImplicit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, netpol.Calico, small, policy("deny", denyAll),
		policy("a", "{podSelector: {matchLabels: {app: a}}, policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {app: b}}}]}]}"),
		policy("b", "{podSelector: {matchLabels: {app: b}}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {matchLabels: {app: a}}}]}]}"))
	w.wants("x/a x/b 80 yes", "x/b x/a 80 no")
}

// TestMalformedIsRefused: nothing is evaluated, and the field is named.
func TestMalformedIsRefused(t *testing.T) {
	t.Parallel()
	for spec, path := range map[string]string{
		"{podSelector: {}, ingress: [{ports: [{port: 0}]}]}":                                        "spec.ingress[0].ports[0].port",
		"{podSelector: {}, ingress: [{ports: [{port: 70000}]}]}":                                    "spec.ingress[0].ports[0].port",
		"{podSelector: {}, ingress: [{ports: [{port: 80, endPort: 79}]}]}":                          "spec.ingress[0].ports[0].endPort",
		"{podSelector: {}, ingress: [{ports: [{port: http, endPort: 80}]}]}":                        "spec.ingress[0].ports[0].endPort",
		"{podSelector: {}, ingress: [{ports: [{endPort: 80}]}]}":                                    "spec.ingress[0].ports[0].endPort",
		"{podSelector: {}, ingress: [{ports: [{protocol: tcp, port: 80}]}]}":                        "spec.ingress[0].ports[0].protocol",
		"{podSelector: {}, ingress: [{ports: [{port: HTTP}]}]}":                                     "spec.ingress[0].ports[0].port",
		"{podSelector: {}, ingress: [{from: [{}]}]}":                                                "spec.ingress[0].from[0]",
		"{podSelector: {}, egress: [{to: [{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}]}]}":       "spec.egress[0].to[0]",
		"{podSelector: {}, egress: [{to: [{ipBlock: {cidr: 10.0.0.0}}]}]}":                          "spec.egress[0].to[0].ipBlock.cidr",
		"{podSelector: {}, egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/16]}}]}]}": "spec.egress[0].to[0].ipBlock.except[0]",
		"{podSelector: {}, egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/8]}}]}]}":  "spec.egress[0].to[0].ipBlock.except[0]",
		"{podSelector: {}, policyTypes: [Egres]}":                                                   "spec.policyTypes[0]",
		"{podSelector: {matchLabels: {'a b': c}}}":                                                  "spec.podSelector.matchLabels",
		"{podSelector: {matchLabels: {a: 'b c'}}}":                                                  "spec.podSelector.matchLabels",
		"{podSelector: {matchExpressions: [{key: a, operator: in, values: [b]}]}}":                  "spec.podSelector.matchExpressions[0].operator",
		"{podSelector: {matchExpressions: [{key: a, operator: In}]}}":                               "spec.podSelector.matchExpressions[0].values",
		"{podSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}}":              "spec.podSelector.matchExpressions[0].values",
	} {
		_, err := netpol.New(documents(t, small+"\n---\n"+policy("p", spec)), netpol.Options{})
		var problems netpol.Problems
		if !errors.As(err, &problems) || len(problems) != 1 || problems[0].Path != path || problems[0].Ref.String() != "NetworkPolicy x/p" {
			t.Errorf("%s: got %v, want one problem with %s of NetworkPolicy x/p", spec, err, path)
		}
	}
}

// TestDuplicatesAreRefused: which of the two a cluster holds, nobody knows.
func TestDuplicatesAreRefused(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{policy("p", denyAll), "{kind: Namespace, metadata: {name: q}}", "{kind: Pod, metadata: {name: a, namespace: q}}"} {
		_, err := netpol.New(documents(t, doc+"\n---\n"+doc), netpol.Options{})
		var problems netpol.Problems
		if !errors.As(err, &problems) || problems[0].Code != "duplicate" {
			t.Errorf("%s twice: got %v", doc, err)
		}
	}
}
