package load_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
)

// Problems get the line of their field, also when the file is gone by then:
// nothing is read twice.
func TestLocateFindsLinesWithoutReadingAgain(t *testing.T) {
	inList := "apiVersion: v1\nkind: List\nitems:\n- " + strings.ReplaceAll(strings.TrimSuffix(policy, "\n"), "\n", "\n  ") + "\n"
	pretty := `{
  "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
  "metadata": {"name": "p"},
  "spec": {
    "podSelector": {},
    "ingress": [
      {"from": [{"podSelector": {}}],
       "ports": [{"port": 80},
                 {"port": 0}]}]}}`
	for name, test := range map[string]struct {
		text  string
		begin int
		lines map[string]int // by path
	}{
		"YAML": {policy, 1, map[string]int{
			"metadata.name": 3, "spec.podSelector.matchExpressions[0].values": 6, "spec.ingress[0].from[0].ipBlock.except[0]": 9,
			"spec.ingress[0].from[1].podSelector.matchLabels[tier]": 11, "spec.ingress[0].ports[1].endPort": 14, "spec.egress[0]": 16,
			"spec.egress[7].to": 15, "spec.policyTypes": 17, "spec.nothing.like.it": 4, "status": 1}},
		"a second document":  {"# first\n---\n" + policy, 3, map[string]int{"spec.ingress[0].ports[1].port": 16, "spec.policyTypes": 19}},
		"an entry of a list": {inList, 4, map[string]int{"spec.ingress[0].ports[1].port": 17, "spec.policyTypes": 20}},
		"JSON on lines":      {pretty, 1, map[string]int{"metadata.name": 3, "spec.podSelector": 5, "spec.ingress[0].ports[1].port": 9, "spec.ingress[0].from[0]": 7}},
		"JSON on one line":   {strings.ReplaceAll(pretty, "\n", ""), 1, map[string]int{"spec.ingress[0].ports[1].port": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "in.yaml")
			if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			in, err := load.Files(t.Context(), []string{path}, load.Options{})
			if err != nil || len(in.Refused) > 0 || len(in.Objects.NetworkPolicies) != 1 {
				t.Fatal(err, in.Refused, len(in.Objects.NetworkPolicies))
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			at := in.Objects.NetworkPolicies[0].Origin
			if want := (kube.Origin{File: path, Line: test.begin}); at != want {
				t.Errorf("the policy begins at %v, want %v", at, want)
			}
			for field, want := range test.lines {
				problems := []rules.Problem{{Origin: at, Path: field}}
				if in.Locate(problems); problems[0].Origin.Line != want {
					t.Errorf("%s is at line %d, want %d", field, problems[0].Origin.Line, want)
				}
			}
		})
	}
}
