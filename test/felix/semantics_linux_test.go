package felix_test

import (
	"fmt"
	"testing"
)

// small is a cluster for one rule at a time: pods with and without port names, an
// empty label, and a pod of each family alone.
const small = `
{apiVersion: v1, kind: Namespace, metadata: {name: x}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: z, labels: {team: blue}}}
---
{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: x, labels: {app: a, tier: ""}}, spec: {nodeName: node-1, containers: [{name: c, ports: [{name: http, containerPort: 80}]}]}, status: {phase: Running, podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}, {ip: "fd00::1"}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: b, namespace: x, labels: {app: b}}, spec: {nodeName: node-1, containers: [{name: c, ports: [{name: http, containerPort: 8080}, {name: dns, containerPort: 53, protocol: UDP}]}, {name: d, ports: [{name: http, containerPort: 81}]}]}, status: {phase: Running, podIP: 10.0.0.2, podIPs: [{ip: 10.0.0.2}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: c, namespace: x, labels: {app: c}}, spec: {nodeName: node-1, containers: [{name: c, ports: [{containerPort: 80}]}]}, status: {phase: Running, podIP: "fd00::3", podIPs: [{ip: "fd00::3"}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: d, namespace: z, labels: {app: a}}, spec: {nodeName: node-1, containers: [{name: c}]}, status: {phase: Running, podIP: 10.0.1.4, podIPs: [{ip: 10.0.1.4}, {ip: "fd00::1:4"}]}}
`

// semantics are the rules that tools get wrong, each as the spec of a policy in x.
var semantics = map[string]string{
	"no policy types, no rules":              `{podSelector: {matchLabels: {app: a}}}`,
	"no policy types, an egress rule":        `{podSelector: {matchLabels: {app: a}}, egress: [{ports: [{protocol: UDP, port: 53}]}]}`,
	"no policy types, an empty egress":       `{podSelector: {matchLabels: {app: a}}, egress: []}`,
	"no rules deny":                          `{podSelector: {}, policyTypes: [Ingress], ingress: []}`,
	"an empty rule allows":                   `{podSelector: {}, policyTypes: [Ingress], ingress: [{}]}`,
	"an empty from is anyone":                `{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [], ports: [{port: 81}]}]}`,
	"an empty ports is any port":             `{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {}}], ports: []}]}`,
	"all namespaces":                         `{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{namespaceSelector: {}}]}]}`,
	"protocol absent is TCP":                 `{podSelector: {}, ingress: [{ports: [{port: 80}]}]}`,
	"a protocol without port":                `{podSelector: {}, ingress: [{ports: [{protocol: SCTP}]}]}`,
	"a range of ports":                       `{podSelector: {}, ingress: [{ports: [{port: 80, endPort: 443}]}]}`,
	"egress alone leaves ingress open":       `{podSelector: {}, policyTypes: [Egress]}`,
	"NotIn without the key":                  `{podSelector: {}, ingress: [{from: [{podSelector: {matchExpressions: [{key: role, operator: NotIn, values: [z]}]}}]}]}`,
	"an empty value needs the key":           `{podSelector: {matchLabels: {tier: ""}}}`,
	"port names inwards":                     `{podSelector: {}, ingress: [{ports: [{port: http}]}]}`,
	"port names outwards, beside a block":    `{podSelector: {}, policyTypes: [Egress], egress: [{to: [{podSelector: {}}, {ipBlock: {cidr: 192.0.2.0/24}}], ports: [{port: http}]}]}`,
	"a port name of another protocol":        `{podSelector: {}, ingress: [{ports: [{port: dns}]}, {ports: [{port: dns, protocol: UDP}]}]}`,
	"a block over pods":                      `{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/16, except: [10.0.1.0/24]}}]}]}`,
	"a block over pods outwards":             `{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/24, 8.0.0.0/8]}}]}]}`,
	"a block of IPv6 is IPv6":                `{podSelector: {}, policyTypes: [Ingress, Egress], egress: [{to: [{ipBlock: {cidr: '2001:db8::/32'}}]}], ingress: [{from: [{ipBlock: {cidr: 'fd00::/112'}}]}]}`,
	"everything of IPv6 but a part":          `{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: '::/0', except: ['fd00::/64']}}]}]}`,
	"the label every namespace has":          `{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: z}}}]}]}`,
	"both selectors in a peer":               `{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: blue}}, podSelector: {matchLabels: {app: b}}}]}]}`,
	"the node reaches its pods, not so back": `{podSelector: {}, policyTypes: [Ingress, Egress]}`,
}

// TestSemantics: each rule is what really happens, on every port, over both
// families, from and to the node and the outside, too.
func TestSemantics(t *testing.T) {
	t.Parallel()
	r := nodes.borrow(t)
	for name, spec := range semantics {
		t.Run(name, func(t *testing.T) {
			docs := manifests(t, fmt.Appendf([]byte(small), "---\n{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p, namespace: x}, spec: %s}", spec))
			cells, difference, err := r.compareAll(t, docs)
			if err != nil {
				t.Fatal(err)
			}
			if difference != "" {
				t.Error(difference)
			}
			if cells < 1000 {
				t.Errorf("only %d cells", cells)
			}
		})
	}
}

// TestDrops: where Felix drops, as on any cluster, the same decides.
func TestDrops(t *testing.T) {
	t.Parallel()
	files, cases := archive(t)
	r := dropping.borrow(t)
	for _, number := range cases[:8] {
		got, err := r.caseTable(t, append(parse(t, files["base.json"]), parse(t, files[number+"/policies.json"])...))
		if err != nil {
			t.Fatal(err)
		}
		if want := string(files[number+"/allowed"]); got != want {
			t.Errorf("case %s: Felix says\n%s, the table\n%s", number, got, want)
		}
	}
}
