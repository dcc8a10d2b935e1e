package lint_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/enforce"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/lint"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
)

var update = flag.Bool("update", false, "write what is found into testdata")

func read(t *testing.T, text string) *load.Input {
	t.Helper()
	in, err := load.Files(context.Background(), []string{"-"}, load.Options{Stdin: strings.NewReader(text)})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// run evaluates an input and looks for everything, or for one rule.
func run(t *testing.T, in *load.Input, o lint.Options, only string) []lint.Finding {
	t.Helper()
	s := lint.Subject{Input: in, Enforcement: enforce.VerdictOn(in)}
	var err error
	if s.Engine, err = netpol.New(&in.Objects, netpol.Options{CNI: enforce.Profile(in)}); err != nil && !errors.As(err, &s.Problems) {
		t.Fatal(err)
	}
	in.Locate(s.Problems)
	return slices.DeleteFunc(lint.Run(s, o).Findings, func(f lint.Finding) bool { return only != "" && f.Rule != only })
}

func lines(fs []lint.Finding) string {
	var b strings.Builder
	for _, f := range fs {
		fmt.Fprintf(&b, "%s %s %s/%s: %s\n", f.Severity, f.Kind, f.Namespace, f.Name, f.Message)
	}
	return b.String()
}

// TestRules reads a file for each rule: objects with what it reports about them,
// objects that are fine, and objects that look alike and nearly are found. What a
// fix mends is not found again.
func TestRules(t *testing.T) {
	for _, rule := range lint.Rules() {
		t.Run(rule.ID, func(t *testing.T) {
			path := filepath.Join("testdata", rule.ID+".txtar")
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			part := func(name string) *txtar.File {
				for i := range archive.Files {
					if archive.Files[i].Name == name {
						return &archive.Files[i]
					}
				}
				t.Fatalf("%s has no part %s", path, name)
				return nil
			}
			in := read(t, string(part("found.yaml").Data))
			if len(in.Refused) > 0 && rule.ID != "refused" {
				t.Fatalf("the objects are refused: %v", in.Refused)
			}
			found := run(t, in, lint.Options{}, rule.ID)
			got := lines(found)
			if *update && got != "" {
				part("found.txt").Data = []byte(got)
				if err := os.WriteFile(path, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(part("found.txt").Data), got); diff != "" || got == "" {
				t.Errorf("found (-want +got):\n%s", diff)
			}
			for _, f := range archive.Files {
				if f.Name != "clean.yaml" && f.Name != "nearly.yaml" {
					continue
				}
				fine := read(t, string(f.Data))
				if len(fine.Refused) > 0 {
					t.Fatalf("%s: the objects are refused: %v", f.Name, fine.Refused)
				}
				if got := lines(run(t, fine, lint.Options{}, rule.ID)); got != "" {
					t.Errorf("%s: found where nothing is wrong:\n%s", f.Name, got)
				}
			}
			if got := run(t, in, lint.Options{Skip: []string{rule.ID}}, rule.ID); len(got) > 0 {
				t.Errorf("--skip leaves %s", lines(got))
			}
			for _, f := range found {
				mends(t, in, f)
			}
		})
	}
}

// mends applies a fix and looks again.
func mends(t *testing.T, in *load.Input, f lint.Finding) {
	t.Helper()
	if f.Fix == "" {
		return
	}
	fix := read(t, f.Fix)
	if len(fix.Refused) > 0 {
		t.Errorf("the fix is refused: %v\n%s", fix.Refused, f.Fix)
		return
	}
	cluster := *in
	if cluster.Cluster == nil {
		cluster.Cluster = &load.Cluster{APIGroups: []string{"projectcalico.org"}}
	}
	_, after := load.Overlay(&cluster, fix)
	for _, again := range run(t, after, lint.Options{}, f.Rule) {
		if again.Kind == f.Kind && again.Namespace == f.Namespace && again.Name == f.Name && again.Message == f.Message {
			t.Errorf("still found after its fix: %s\n%s", again.Message, f.Fix)
		}
	}
}

func TestEveryRuleHasAnIDThatSorts(t *testing.T) {
	rules := lint.Rules()
	if !slices.IsSortedFunc(rules, func(a, b lint.Rule) int { return strings.Compare(a.ID, b.ID) }) {
		t.Error("rules are not in order")
	}
	for _, r := range rules {
		if r.Summary == "" || strings.HasSuffix(r.Summary, ".") || r.Severity != lint.Error && r.Severity != lint.Warning && r.Severity != lint.Info {
			t.Errorf("rule %q: severity %q, summary %q", r.ID, r.Severity, r.Summary)
		}
	}
}

func TestAnnotationSuppresses(t *testing.T) {
	const text = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop, annotations: {catalyst.cloud/skip: "%s"}}
spec: {podSelector: {}}
---
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: shop}
`
	for skip, want := range map[string]bool{"": true, "other-rule": true, "dead-rules, egress-left-open": false, "*": false} {
		in := read(t, fmt.Sprintf(text, skip))
		if got := len(run(t, in, lint.Options{}, "egress-left-open")) > 0; got != want {
			t.Errorf("%q: found is %v, want %v", skip, got, want)
		}
	}
}

func TestNamespaceChoosesFindings(t *testing.T) {
	in := read(t, `apiVersion: v1
kind: Pod
metadata: {name: p, namespace: a}
---
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: b}
`)
	for _, f := range run(t, in, lint.Options{Namespace: "a"}, "") {
		if f.Namespace == "b" || f.Kind == "Namespace" && f.Name == "b" {
			t.Errorf("about another namespace: %s", lines([]lint.Finding{f}))
		}
	}
}
