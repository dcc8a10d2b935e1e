package kinds_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/convert"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/kinds"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// quarantine is a kind of policy that nobody has: a namespace whose pods nothing
// may reach.
type quarantine struct {
	Meta   kube.Meta      `json:"metadata"`
	Spec   quarantineSpec `json:"spec"`
	Origin kube.Origin    `json:"-"`
}

type quarantineSpec struct {
	Namespace string `json:"namespace"`
}

func (q *quarantine) Ref() kube.Ref                    { return kube.Ref{Kind: "Quarantine", Name: q.Meta.Name} }
func (q *quarantine) Head() (*kube.Meta, *kube.Origin) { return &q.Meta, &q.Origin }

func convertQuarantine(q *quarantine, _ convert.Options) convert.Policy {
	p := rules.Policy{Ref: q.Ref(), Origin: q.Origin, Subject: rules.InNamespace(q.Spec.Namespace)}
	p.Applies[rules.Ingress] = true
	p.Rules[rules.Ingress] = []rules.Rule{{Path: "spec.namespace", Action: rules.Deny, Any: true, Ports: rules.Ports{Set: ports.All()}}}
	out := convert.Policy{Tier: convert.AdminTier, Rules: p}
	if q.Spec.Namespace == "default" {
		out.Problems = []rules.Problem{{Ref: q.Ref(), Origin: q.Origin, Path: "spec.namespace", Code: rules.CodeInvalid, Message: "default is never in quarantine"}}
	}
	return out
}

const twoPods = `apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop}
status: {podIP: 10.0.0.1, phase: Running}
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: bank}
status: {podIP: 10.0.0.2, phase: Running}
`

const policyOfTheKind = `apiVersion: quarantine.example.org/v1
kind: Quarantine
metadata:
  name: sick
spec:
  namespace: bank
`

// idlePolicy selects no pod, and is not to be reported for that.
const idlePolicy = `---
apiVersion: quarantine.example.org/v1
kind: Quarantine
metadata: {name: idle, annotations: {catalyst.cloud/skip: selects-nothing}}
spec: {namespace: nowhere}
`

// run runs a command line and returns what it prints.
func run(t *testing.T, wantCode int, args ...string) string {
	t.Helper()
	var out, errOut bytes.Buffer
	code := catalyst.Run(t.Context(), append([]string{"network-policy"}, args...), cli.Env{
		IOStreams: genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &errOut},
		Getenv:    func(string) string { return "" }, Now: time.Now,
	})
	if code != wantCode {
		t.Errorf("%q ends with %d, want %d:\n%s%s", args, code, wantCode, &out, &errOut)
	}
	return out.String() + errOut.String()
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A type, a converter and a row are all that a new kind of policy takes: every
// command then reads, evaluates, compares, keeps and counts it.
func TestNewKindTakesARow(t *testing.T) {
	kinds.Add(t, kinds.Name{Group: "quarantine.example.org", Version: "v1", Kind: "Quarantine", ClusterWide: true,
		Live: kinds.Discovered, Needed: true}, convertQuarantine)
	pods, both := write(t, "pods.yaml", twoPods), write(t, "both.yaml", twoPods+"---\n"+policyOfTheKind+idlePolicy)

	const toBank, fromBank = "shop/a,bank/b,TCP", "bank/b,shop/a,TCP"
	if got := run(t, 0, "map", "-f", pods, "--external=false", "-o", "csv"); !strings.Contains(got, toBank) || !strings.Contains(got, fromBank) {
		t.Errorf("without the policy the pods do not reach each other:\n%s", got)
	}
	if got := run(t, 0, "map", "-f", both, "--external=false", "-o", "csv"); strings.Contains(got, toBank) || !strings.Contains(got, fromBank) {
		t.Errorf("with the policy b is reached, or reaches nobody:\n%s", got)
	}
	if got := run(t, 3, "diff", pods, both, "--external=false", "-o", "csv"); !strings.Contains(got, "removed,"+toBank) || strings.Contains(got, fromBank) {
		t.Errorf("the difference is not the flow from a to b:\n%s", got)
	}
	if got := summary(t, run(t, 0, "check", "-f", both, "--fail-on", "never", "-o", "json")); got != (counts{Pods: 2, Policies: 2, Suppressed: 1}) {
		t.Errorf("check counts %+v, want two policies, two pods and a finding that is skipped", got)
	}
	for text, want := range map[string]string{
		strings.Replace(policyOfTheKind, "namespace: bank", "namespaces: bank", 1):   `:6: Quarantine sick: spec.namespaces: there is no field "namespaces" here; did you mean "namespace"?`,
		strings.Replace(policyOfTheKind, "namespace: bank", "namespace: default", 1): `:6: Quarantine sick: spec.namespace: default is never in quarantine`,
		strings.Replace(policyOfTheKind, "kind: Quarantine", "kind: Quarentine", 1):  `did you mean "Quarantine"?`,
	} {
		if got := run(t, 1, "map", "-f", write(t, "bad.yaml", text)); !strings.Contains(got, want) {
			t.Errorf("refused with\n%s\nwant %s", got, want)
		}
	}
}

func TestNewKindIsReadFromAClusterIntoASnapshot(t *testing.T) {
	kinds.Add(t, kinds.Name{Group: "quarantine.example.org", Version: "v1", Kind: "Quarantine", ClusterWide: true,
		Live: kinds.Discovered, Needed: true}, convertQuarantine)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := map[string]string{
			"/version": `{"gitVersion": "v1.35.0"}`,
			"/apis": `{"items": [{"metadata": {"name": "quarantine.example.org"}, "versions": [{"version": "v1",
				"resources": [{"resource": "quarantines", "responseKind": {"kind": "Quarantine"}, "scope": "Cluster", "verbs": ["list"]}]}]}]}`,
			"/apis/quarantine.example.org/v1/quarantines": `{"items": [{"metadata": {"name": "sick"}, "spec": {"namespace": "bank"}}]}`,
		}[r.URL.Path]
		if answer == "" {
			answer = `{"items": []}`
		}
		fmt.Fprint(w, answer)
	}))
	t.Cleanup(server.Close)
	config := write(t, "config", fmt.Sprintf(`{"apiVersion": "v1", "kind": "Config", "current-context": "c",
		"clusters": [{"name": "c", "cluster": {"server": %q}}], "contexts": [{"name": "c", "context": {"cluster": "c"}}]}`, server.URL))
	snapshot := run(t, 0, "snapshot", "--kubeconfig", config)
	if want := `{"apiVersion":"quarantine.example.org/v1","kind":"Quarantine","metadata":{"name":"sick"},"spec":{"namespace":"bank"}}`; !strings.Contains(snapshot, want) {
		t.Errorf("the snapshot is\n%s\nwant in it\n%s", snapshot, want)
	}
	if got := summary(t, run(t, 0, "check", "-f", write(t, "snapshot.json", snapshot), "--fail-on", "never", "-o", "json")); got.Policies != 1 {
		t.Errorf("of the snapshot check counts %+v", got)
	}
}

type counts struct{ Pods, Policies, Suppressed int }

func summary(t *testing.T, text string) counts {
	t.Helper()
	var out struct{ Summary counts }
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	return out.Summary
}
