package load_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
)

// read loads one text as a file.
func read(t testing.TB, text string) *load.Input {
	t.Helper()
	in, err := load.Files(context.Background(), []string{"-"}, load.Options{Stdin: strings.NewReader(text)})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// accepted loads a text of which nothing may be refused.
func accepted(t testing.TB, text string) *load.Input {
	t.Helper()
	in := read(t, text)
	if len(in.Refused) > 0 {
		t.Fatal(in.Refused)
	}
	return in
}

const policy = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: shop}
spec:
  podSelector:
    matchExpressions: [{key: app, operator: In, values: [a, b]}]
  ingress:
  - from:
    - ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}
    - namespaceSelector: {}
      podSelector: {matchLabels: {tier: web}}
    ports:
    - {port: http}
    - {protocol: UDP, port: 53, endPort: 60}
  egress:
  - {}
  policyTypes: [Ingress, Egress]
`

func TestPolicyIsReadFieldByField(t *testing.T) {
	udp, end := "UDP", int32(60)
	want := []kube.NetworkPolicy{{
		Meta: kube.Meta{Name: "p", Namespace: "shop"},
		Spec: kube.NetworkPolicySpec{
			PodSelector: kube.LabelSelector{MatchExpressions: []kube.LabelRequirement{{Key: "app", Operator: "In", Values: []string{"a", "b"}}}},
			Ingress: []kube.NetworkPolicyIngressRule{{
				Line: 8,
				From: []kube.NetworkPolicyPeer{
					{IPBlock: &kube.IPBlock{CIDR: "10.0.0.0/8", Except: []string{"10.1.0.0/16"}}},
					{NamespaceSelector: &kube.LabelSelector{}, PodSelector: &kube.LabelSelector{MatchLabels: map[string]string{"tier": "web"}}},
				},
				Ports: []kube.NetworkPolicyPort{
					{Port: &kube.IntOrString{Str: "http"}},
					{Protocol: &udp, Port: &kube.IntOrString{Int: 53}, EndPort: &end},
				},
			}},
			Egress:      []kube.NetworkPolicyEgressRule{{Line: 16}},
			PolicyTypes: []string{"Ingress", "Egress"},
		},
		Origin: kube.Origin{File: "-", Line: 1},
	}}
	if diff := cmp.Diff(want, accepted(t, policy).Objects.NetworkPolicies); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRefusedWithLineAndField(t *testing.T) {
	edit := func(old, new string) string { return strings.Replace(policy, old, new, 1) }
	for name, test := range map[string]struct{ in, want string }{
		"misspelt spec field":     {edit("policyTypes", "policytypes"), `-:17: NetworkPolicy shop/p: spec.policytypes: there is no field "policytypes" here; did you mean "policyTypes"?`},
		"misspelt nested field":   {edit("namespaceSelector", "namespaceSelectr"), `-:10: NetworkPolicy shop/p: spec.ingress[0].from[1].namespaceSelectr: there is no field "namespaceSelectr" here; did you mean "namespaceSelector"?`},
		"misspelt metadata field": {edit("namespace: shop}", "namspace: n}"), `-:3: NetworkPolicy p: metadata.namspace: there is no field "namspace" here; did you mean "namespace"?`},
		"unknown field":           {edit("egress:", "outgoing:"), `-:15: NetworkPolicy shop/p: spec.outgoing: there is no field "outgoing" here`},
		"unquoted y":              {edit("namespace: shop}", "namespace: y}"), `-:3: NetworkPolicy p: metadata.namespace: want a string, not a boolean (true); put it in quotes`},
		"number for a label":      {edit("tier: web", "tier: 1.10"), `-:11: NetworkPolicy shop/p: spec.ingress[0].from[1].podSelector.matchLabels[tier]: want a string, not a number (1.1); put it in quotes`},
		"string for a list":       {edit("[Ingress, Egress]", "Ingress"), `-:17: NetworkPolicy shop/p: spec.policyTypes: want a list, not a string ("Ingress")`},
		"port too large":          {edit("port: 53", "port: 4294967349"), `-:14: NetworkPolicy shop/p: spec.ingress[0].ports[1].port: 4294967349 is not a 32-bit integer`},
		"fraction for a port":     {edit("port: 53", "port: 5.3"), `-:14: NetworkPolicy shop/p: spec.ingress[0].ports[1].port: want a number or a name, not a number`},
		"empty entry":             {edit("  - {}", "  -"), `-:16: NetworkPolicy shop/p: spec.egress[0]: an entry of the list is empty`},
		"key twice":               {policy + "kind: Secret\n", `-:18: key "kind" is given twice`},
		"forgotten separator":     {policy + "apiVersion: v1\nkind: ConfigMap\n", `-:18: key "apiVersion" is given twice`},
		"no kind":                 {edit("kind: NetworkPolicy\n", ""), `-:1: kind: want the name of a kind of object`},
		"kind is no string":       {edit("kind: NetworkPolicy\n", "kind: [x]\n"), `-:2: kind: want the name of a kind of object`},
		"no apiVersion":           {edit("apiVersion: networking.k8s.io/v1\n", ""), `-:1: NetworkPolicy shop/p: there is no NetworkPolicy in apiVersion ""; want "networking.k8s.io/v1"`},
		"old apiVersion":          {edit("networking.k8s.io/v1", "extensions/v1beta1"), `-:1: NetworkPolicy shop/p: there is no NetworkPolicy in apiVersion "extensions/v1beta1"; want "networking.k8s.io/v1"`},
		"wrong version":           {edit("networking.k8s.io/v1", "networking.k8s.io/v2"), `-:1: NetworkPolicy shop/p: apiVersion "networking.k8s.io/v2" does not exist; want "networking.k8s.io/v1"`},
		"misspelt group":          {edit("networking.k8s.io/v1", "networking.k8.io/v1"), `-:1: NetworkPolicy shop/p: there is no NetworkPolicy in apiVersion "networking.k8.io/v1"; want "networking.k8s.io/v1"`},
		"misspelt kind":           {edit("kind: NetworkPolicy", "kind: NetworkPolcy"), `-:1: NetworkPolcy shop/p: there is no kind "NetworkPolcy" in apiVersion "networking.k8s.io/v1"; did you mean "NetworkPolicy"?`},
		"no name":                 {edit("name: p, ", ""), `-:3: NetworkPolicy shop/: metadata.name: want a name`},
		"not an object":           {"- a\n- b\n", `-:1: want an object, not a list`},
		"not YAML":                {"a: b: c\n", `-:1: mapping values are not allowed in this context`},
		"misspelt label field of a pod": {
			"apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  lables: {a: b}\n",
			`-:5: Pod p: metadata.lables: there is no field "lables" here; did you mean "labels"?`},
		"misspelt host network": {
			"apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  hostNetwrok: true\n",
			`-:5: Pod p: spec.hostNetwrok: there is no field "hostNetwrok" here; did you mean "hostNetwork"?`},
		"workload without a template": {
			"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {}\n",
			`-:1: Deployment default/d: spec: spec.template is missing`},
		"too many replicas": {
			"apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: s}\nspec: {replicas: 2000000000, template: {metadata: {}, spec: {}}}\n",
			`-:1: StatefulSet default/s: spec.replicas: 2000000000 replicas are more than the 150000 pods a cluster can hold`},
		"item of a list": {
			`{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",` + "\n" + ` "metadata": {"name": "p"}, "specs": {}}]}`,
			`-:2: NetworkPolicy p: specs: there is no field "specs" here; did you mean "spec"?`},
		"cut JSON": {`{"kind": "NetworkPolicy",`, `-:1: the document ends in the middle of a value`},
	} {
		t.Run(name, func(t *testing.T) {
			in := read(t, test.in)
			if len(in.Refused) != 1 {
				t.Fatalf("%d refusals, want one: %v", len(in.Refused), in.Refused)
			}
			if got := in.Refused[0].Error(); got != test.want {
				t.Errorf("refusal\n%s\nwant\n%s", got, test.want)
			}
			if n := len(in.Objects.NetworkPolicies); n != 0 {
				t.Errorf("%d policies were taken from a document that was refused", n)
			}
		})
	}
}

func TestWhatAnAPIServerAcceptsIsAccepted(t *testing.T) {
	for name, in := range map[string]string{
		"fields of a live object": `{"apiVersion":"networking.k8s.io/v1","kind":"NetworkPolicy","metadata":{"name":"p","namespace":"shop","uid":"u",
			"generation":1,"managedFields":[{}],"creationTimestamp":"2026-01-01T00:00:00Z","resourceVersion":"1","selfLink":"x"},"spec":{"podSelector":{}},"status":{}}`,
		"fields near those that count": `{"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{"internalTrafficPolicy":"Cluster","externalTrafficPolicy":"Local","ports":[{"port":80,"appProtocol":"http"}]}}`,
		"nulls":                        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, creationTimestamp: null, labels: }\nspec: {podSelector: {}, ingress: }\n",
		"flow style":                   "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p}, spec: {podSelector: {}}}",
		"anchors":                      "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p}\nspec:\n  podSelector: {matchLabels: &l {a: b}}\n  ingress: [{from: [{podSelector: {matchLabels: *l}}]}]\n",
		"other kinds":                  "apiVersion: v1\nkind: ConfigMap\ndata: {kind: NetworkPolicy}\n---\napiVersion: example.org/v1\nkind: Widget\nspec: 1\n---\n# nothing\n",
		"host bits":                    strings.NewReplacer("10.0.0.0/8", "10.0.0.1/8", "10.1.0.0/16", "10.1.0.7/16").Replace(policy),
		"windows ends":                 strings.ReplaceAll(policy, "\n", "\r\n"),
	} {
		t.Run(name, func(t *testing.T) { accepted(t, in) })
	}
}

// TestTypedLists: API servers leave apiVersion and kind out of the entries of a
// list of one kind, and kubectl infers them. A List says nothing about its entries.
func TestTypedLists(t *testing.T) {
	long := strings.Repeat(" ", 300)
	entry := func(i int) string {
		return fmt.Sprintf("- metadata: {name: n%d, annotations: {a: '%s'}}\n", i, long)
	}
	var short, longList strings.Builder
	for i := range 3 {
		short.WriteString(entry(i))
	}
	for i := range 2000 { // more than is read at once
		longList.WriteString(entry(i))
	}
	for name, test := range map[string]struct {
		text       string
		namespaces int
		refused    string
	}{
		"short":            {"apiVersion: v1\nkind: NamespaceList\nitems:\n" + short.String(), 3, ""},
		"long":             {"apiVersion: v1\nkind: NamespaceList\nitems:\n" + longList.String(), 2000, ""},
		"in JSON":          {`{"kind": "NamespaceList", "apiVersion": "v1", "items": [{"metadata": {"name": "a"}}]}`, 1, ""},
		"long and in JSON": {`{"kind": "NamespaceList", "apiVersion": "v1", "items": [` + strings.Repeat(`{"metadata": {"name": "a"}},`+long, 2000) + `{"metadata": {"name": "b"}}]}`, 2, ""},
		"two lists": {"apiVersion: v1\nkind: NamespaceList\nitems:\n" + longList.String() + "---\napiVersion: v1\nkind: ConfigMapList\nitems:\n" + longList.String(),
			2000, ""},
		"entry of another kind": {"apiVersion: v1\nkind: PodList\nitems:\n- {apiVersion: v1, kind: Namespace, metadata: {name: a}}\n", 1, ""},
		"List":                  {"apiVersion: v1\nkind: List\nitems:\n- metadata: {name: a}\n", 0, "kind: want the name of a kind of object"},
	} {
		t.Run(name, func(t *testing.T) {
			in := read(t, test.text)
			if n := len(in.Objects.Namespaces); n != test.namespaces {
				t.Errorf("%d namespaces, want %d", n, test.namespaces)
			}
			if test.refused == "" && len(in.Refused) > 0 || test.refused != "" && (len(in.Refused) != 1 || !strings.HasSuffix(in.Refused[0].Error(), test.refused)) {
				t.Errorf("refused: %v, want %q", in.Refused, test.refused)
			}
		})
	}
}

func TestForeignPoliciesMakeTheAnswerIncomplete(t *testing.T) {
	in := accepted(t, `apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: deny}
---
apiVersion: crd.projectcalico.org/v1
kind: NetworkPolicy
metadata: {name: knp.default.x, namespace: shop}
---
apiVersion: projectcalico.org/v3
kind: StagedNetworkPolicy
metadata: {name: s, namespace: shop}
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: c, namespace: shop}
---
apiVersion: policy.networking.k8s.io/v1beta9
kind: AdminNetworkPolicy
metadata: {name: new}
`)
	want := []string{
		"AdminNetworkPolicy new (policy.networking.k8s.io/v1beta9) is not evaluated",
		"CiliumNetworkPolicy shop/c (cilium.io/v2) is not evaluated",
	}
	if diff := cmp.Diff(want, in.Incomplete()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFolders(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ns := func(name string) string {
		return fmt.Sprintf("apiVersion: v1\nkind: Namespace\nmetadata: {name: %s}\n", name)
	}
	write("a.yaml", ns("a"))
	write("b.json", `{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "b"}}`)
	write("README.md", "no: [yaml")
	write("sub/c.yml", ns("c"))
	for name, test := range map[string]struct {
		recursive bool
		want      []string
	}{"flat": {false, []string{"a", "b"}}, "recursive": {true, []string{"a", "b", "c"}}} {
		t.Run(name, func(t *testing.T) {
			in, err := load.Files(context.Background(), []string{dir}, load.Options{Recursive: test.recursive})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, n := range in.Objects.Namespaces {
				got = append(got, n.Meta.Name)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if err := os.Symlink(dir, filepath.Join(dir, "sub", "loop")); err == nil {
		_, err := load.Files(context.Background(), []string{dir}, load.Options{Recursive: true})
		if err == nil || !strings.Contains(err.Error(), "leads back to folder") {
			t.Errorf("error %v, want one about the loop", err)
		}
	}
	for _, missing := range []string{filepath.Join(dir, "none"), filepath.Join(dir, "sub", "none.yaml")} {
		if _, err := load.Files(context.Background(), []string{missing}, load.Options{}); err == nil {
			t.Errorf("no error for %q", missing)
		}
	}
}
