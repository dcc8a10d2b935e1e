package tree_test

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/tree"
)

// plainValue turns a node into what encoding/json would decode.
func plainValue(n tree.Node) any {
	switch n.Kind() {
	case tree.Map:
		m := map[string]any{}
		for f := range n.All() {
			m[string(f.Key())] = plainValue(f)
		}
		return m
	case tree.List:
		l := []any{}
		for f := range n.All() {
			l = append(l, plainValue(f))
		}
		return l
	case tree.String:
		return string(n.Text())
	case tree.Bool:
		return string(n.Text()) == "true"
	case tree.Int, tree.Float:
		return json.Number(n.Text())
	}
	return nil
}

func decodeJSON(t testing.TB, data []byte) any {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("decoding %s: %v", data, err)
	}
	return v
}

// seeds are documents that meet every branch of the readers.
func seeds(t testing.TB) []string {
	t.Helper()
	texts := []string{
		"a: 1\nb:\n- x\n- y: 2\n  z: [1, two, \"three\"]\nc: {}\n",
		"- - a\n  - b\n-\n  c: d\n-   e: f\n    g: h\n",
		"a: |\n  one\n\n  two\n   three\nb: |-\n  x\nc: >\n  folded\n  text\n",
		"a: y\nb: no\nc: ~\nd: 0x50\ne: 080\nf: 1_000\ng: 1e3\nh: .5\ni: 10.0.0.0/8\nj: 2001-01-01\nk: 100m\n",
		"a: &x {b: 1}\nc: *x\nd:\n  <<: *x\n  e: 2\n",
		"a: \"q\\n\"\nb: 'it''s'\nc: plain text # comment\nd: x:y\n# comment\n\ne: \"x\" # c\n",
		"a: one\n  two\nb: \"x\n  y\"\n", "a:\n  b:\n    c: 1\n   d: 2\n", "a: 1\na: 2\n", "a: b: c\n",
		"\"a b\": 1\n? x\n: y\n", "é: ü\n", "a:\tb\n", "a: b\r\nc: d\r\n", "[a, b]", "{a: {b: [c]}, d: e}",
		"!!str 5", "a: !!int \"5\"\n", "a: -\n", "a: - b\n", "---\na: b\n", "1: x\ny: z\n", "a: '\n", "", "# only\n",
		"a: 12345678901234567890\nb: -0x1F\nc: +7\nd: 0o17\ne: 0b11\nf: 1.\ng: -.5\nh: 1.0\n",
		"a: |\n  text\n# c\nb: |\n\n  late\nc: |+\n  keep\n\n", "a: [x, 'y', {b: c}] # end\n", "k: |\n  no end",
		`{"a": [1, -2.5e3, "x\u00e9\ud83d\ude00\n", true, null, {}], "b": {"c": []}}`,
	}
	for _, pattern := range []string{"testdata/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, string(data))
		}
	}
	return texts
}

// sameNumber: kubectl writes 2e-7 where strconv writes 2e-07.
var sameNumber = cmp.Comparer(func(a, b json.Number) bool {
	x, errX := a.Float64()
	y, errY := b.Float64()
	return a == b || errX == nil && errY == nil && x == y && x != math.Trunc(x)
})

// sameAsKubectl compares with the YAML reader of kubectl: what is accepted must
// mean the same to both.
func sameAsKubectl(t testing.TB, text string) {
	t.Helper()
	var doc tree.Doc
	root, err := doc.ParseYAML([]byte(text), 1)
	if err != nil {
		var syntax *tree.SyntaxError
		if !errors.As(err, &syntax) || syntax.Line < 1 {
			t.Fatalf("error %v carries no line", err)
		}
		if _, err := yaml.YAMLToJSONStrict([]byte(text)); err == nil && strings.HasSuffix(syntax.Msg, "given twice") {
			t.Errorf("%q is refused, but kubectl takes it: %v", text, syntax)
		}
		return
	}
	want, err := yaml.YAMLToJSONStrict([]byte(text))
	if err != nil && strings.Contains(err.Error(), "cannot start any token") && strings.Contains(text, "\t") {
		return // a tab before a comment: nothing is lost by reading on
	}
	if err != nil {
		t.Fatalf("kubectl refuses %q: %v", text, err)
	}
	got, err := json.Marshal(plainValue(root))
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	if diff := cmp.Diff(decodeJSON(t, want), decodeJSON(t, got), sameNumber); diff != "" {
		t.Errorf("%q is not what kubectl reads (-kubectl +ours):\n%s", text, diff)
	}
}

func TestYAMLMeansWhatItMeansToKubectl(t *testing.T) {
	for _, text := range seeds(t) {
		sameAsKubectl(t, text)
	}
}

func FuzzYAML(f *testing.F) {
	for _, text := range seeds(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { sameAsKubectl(t, text) })
}

func FuzzJSON(f *testing.F) {
	for _, text := range seeds(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var doc tree.Doc
		root, err := doc.ParseJSON([]byte(text), 1)
		if err != nil {
			return
		}
		if !json.Valid([]byte(text)) {
			t.Fatalf("%q is not JSON but was accepted", text)
		}
		got, err := json.Marshal(plainValue(root))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(decodeJSON(t, []byte(text)), decodeJSON(t, got)); diff != "" {
			t.Errorf("%q (-encoding/json +ours):\n%s", text, diff)
		}
	})
}
