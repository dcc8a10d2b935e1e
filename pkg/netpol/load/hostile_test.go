package load_test

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
	"github.com/catalyst-cloud/kubectl-catalyst/test/patience"
)

// repeat is a long text that is never in memory.
type repeat struct {
	unit  string
	times int
	rest  string
}

func (r *repeat) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if r.rest == "" {
			if r.times == 0 {
				break
			}
			r.times--
			r.rest = r.unit
		}
		c := copy(p[n:], r.rest)
		r.rest = r.rest[c:]
		n += c
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func text(s string) io.Reader { return strings.NewReader(s) }

// TestHostileInputCostsLittle: bounded time and memory, and one clear error.
func TestHostileInputCostsLittle(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'j'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.Repeat(fmt.Sprintf("*%c,", c-1), 9))
	}
	terms := func(n int, text string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, text, i)
		}
		return b.String()
	}
	labels := "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  labels:\n" + terms(10_000, "    key-%d: v\n")
	selector := "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p}\nspec:\n  podSelector:\n    matchExpressions:\n" +
		terms(1000, "    - {key: k%d, operator: Exists}\n")
	for name, test := range map[string]struct {
		in      io.Reader
		refused string // "" when it is fine
	}{
		"bomb of anchors":           {text(bomb + "kind: NetworkPolicy\n"), "aliases make the document hold more than"},
		"recursive anchor":          {text("kind: &k [*k]\n"), ""},
		"recursive merge":           {text("kind: x\na: &k {<<: *k}\n"), ""},
		"100 MB of letters":         {&repeat{unit: "lorem ipsum dolor", times: 6 << 20}, "longer than 3 MiB"},
		"100 MB of lines":           {&repeat{unit: "lorem: ipsum\n", times: 8 << 20}, "longer than 3 MiB"},
		"100 MB of zeroes":          {&repeat{unit: "\x00\x00\x00\x00", times: 25 << 20}, "binary"},
		"binary after a while":      {io.MultiReader(&repeat{unit: "a: b\n", times: 10_000}, text("\x00\x01\x02")), "control characters are not allowed"},
		"100 MB of brackets":        {&repeat{unit: "[[[[[[[[", times: 12 << 20}, "longer than 3 MiB"},
		"100 MB of JSON brackets":   {io.MultiReader(text(`{"a":`), &repeat{unit: "[[[[[[[[", times: 12 << 20}), "longer than 3 MiB"},
		"deep YAML":                 {text(terms(2000, "- ") + "x\n"), ""},
		"deep JSON":                 {text(`{"kind": ` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + "}"), "nested more than 100 deep"},
		"deep flow":                 {text("kind: " + strings.Repeat("{a: ", 5_000) + "\n"), ""},
		"a million separators":      {&repeat{unit: "---\n", times: 1_000_000}, ""},
		"a million other objects":   {&repeat{unit: "---\nkind: Secret\nx: y\n", times: 1_000_000}, ""},
		"a million bad documents":   {&repeat{unit: "---\n- x\n", times: 1_000_000}, "want an object"},
		"values without end":        {&repeat{unit: "- x\n", times: 600_000}, "more than 200000 values"},
		"flow values without end":   {io.MultiReader(text("a: [é,"), &repeat{unit: "x,", times: 1_400_000}, text("x]\n")), "more than 200000 values"},
		"comments without end":      {io.MultiReader(text("a: é\n"), &repeat{unit: "# x\n", times: 700_000}, text("b: c\n")), ""},
		"a pod with 10,000 labels":  {text(labels), "OK"},
		"a selector of 1,000 terms": {text(selector), "OK"},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			in, err := load.Files(context.Background(), []string{"-"}, load.Options{Stdin: test.in})
			if err != nil {
				t.Fatal(err)
			}
			runtime.ReadMemStats(&after)
			if d := time.Since(start); d > patience.Limit {
				t.Errorf("took %v", d)
			}
			if got := after.Sys - before.Sys; after.Sys > before.Sys && got > 400<<20 {
				t.Errorf("took %d MiB", got>>20)
			}
			if test.refused == "OK" {
				if len(in.Refused) > 0 || len(in.Objects.Pods)+len(in.Objects.NetworkPolicies) != 1 {
					t.Errorf("not taken: %v", in.Refused)
				}
				return
			}
			if len(in.Objects.NetworkPolicies) > 0 {
				t.Error("a policy came out of it")
			}
			if len(in.Refused) > 101 {
				t.Errorf("%d refusals", len(in.Refused))
			}
			if test.refused != "" && (len(in.Refused) == 0 || !strings.Contains(in.Refused[0].Msg, test.refused)) {
				t.Errorf("refusals %v, want %q", in.Refused, test.refused)
			}
		})
	}
}

// FuzzLoad: whatever is read, nothing panics, and what is refused leaves no
// policy behind.
func FuzzLoad(f *testing.F) {
	f.Add(policy)
	f.Add(`{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}}]}`)
	f.Add("apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: s}\nspec: {replicas: 2, template: {metadata: {}, spec: {}}}\n")
	f.Add("apiVersion: catalyst.cloud/v1\nkind: NetworkPolicySnapshot\ncluster: {apiGroups: [a]}\nitems: []\n")
	f.Fuzz(func(t *testing.T, text string) {
		in := read(t, text)
		for _, r := range in.Refused {
			if r.Error() == "" || r.File != "-" {
				t.Errorf("refusal %+v says nothing", r)
			}
			for _, p := range in.Objects.NetworkPolicies {
				if p.Origin.Line == r.Line && p.Ref() == r.Ref {
					t.Errorf("policy %s was refused and taken", p.Ref())
				}
			}
		}
		for _, p := range in.Objects.NetworkPolicies {
			if p.Meta.Name == "" || p.Meta.Namespace == "" || p.Origin.Line < 1 {
				t.Errorf("a policy without a name or a place: %+v", p)
			}
		}
	})
}
