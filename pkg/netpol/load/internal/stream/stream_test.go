package stream_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/stream"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/tree"
)

// piece is a chunk as a test wants to see it.
type piece struct {
	Text string
	Line int
	Mark string
}

func pieces(r io.Reader) ([]piece, error) {
	s := stream.NewReader(r)
	var out []piece
	for {
		c, err := s.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		mark := ""
		for _, m := range []struct {
			on   bool
			name string
		}{{c.JSON, "j"}, {c.Item, "i"}, {c.List, "l"}} {
			if m.on {
				mark += m.name
			}
		}
		out = append(out, piece{string(c.Data), c.Line, mark})
	}
}

func TestDocuments(t *testing.T) {
	for name, test := range map[string]struct {
		in   string
		want []piece
	}{
		"empty":      {"", nil},
		"blank":      {"\n\n  \n", nil},
		"one":        {"a: b\n", []piece{{"a: b\n", 1, ""}}},
		"no newline": {"a: b", []piece{{"a: b", 1, ""}}},
		"several":    {"---\na: b\n---\n\nc: d\n---\n", []piece{{"a: b\n", 2, ""}, {"c: d\n", 5, ""}}},
		"windows":    {"a: b\r\n---\r\nc: d\r\n", []piece{{"a: b\r\n", 1, ""}, {"c: d\r\n", 3, ""}}},
		"content after the marker": {"--- {a: b}\n--- # note\nc: d\n",
			[]piece{{"    {a: b}\n", 1, ""}, {"c: d\n", 3, ""}}},
		"directive and end": {"%YAML 1.1\n---\na: b\n...\n---\nc: d\n", []piece{{"a: b\n", 3, ""}, {"c: d\n", 6, ""}}},
		"not a marker":      {"a: b\n---c: d\n", []piece{{"a: b\n---c: d\n", 1, ""}}},
		"indented":          {"  a: b\n  c: d\n", []piece{{"  a: b\n  c: d\n", 1, ""}}},
		"JSON":              {"{\"a\": \"}\\\"\"}\n{\"b\": [1]}", []piece{{"{\"a\": \"}\\\"\"}", 1, "j"}, {"{\"b\": [1]}", 2, "j"}}},
		"JSON with markers": {"{\"a\": 1}\n---\n{\"b\": 2}\n---\nc: d\n", []piece{{"{\"a\": 1}", 1, "j"}, {"{\"b\": 2}", 3, "j"}, {"c: d\n", 5, ""}}},
		"flow YAML":         {"{a: b}\n", []piece{{"{a: b}\n", 1, ""}}},
		"byte order mark":   {"\ufeffa: b\n", []piece{{"a: b\n", 1, ""}}},
	} {
		t.Run(name, func(t *testing.T) {
			for how, r := range map[string]io.Reader{
				"whole": strings.NewReader(test.in), "bytewise": iotest.OneByteReader(strings.NewReader(test.in)),
			} {
				if how == "bytewise" && name == "byte order mark" {
					continue // the mark is looked for in the first read, which a file fills
				}
				got, err := pieces(r)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", how, diff)
				}
			}
		})
	}
}

func TestLongListsComeEntryByEntry(t *testing.T) {
	const n = 20_000
	var yaml, indented, json strings.Builder
	for i := range n {
		fmt.Fprintf(&yaml, "- name: n%d\n  text: |\n    - x\n\n    y\n", i)
		fmt.Fprintf(&indented, "  # note\n  - name: n%d\n    list:\n    - a\n    - b\n", i)
		fmt.Fprintf(&json, "{\"name\": \"n%d\", \"items\": [\"]\", {}]},\n", i)
	}
	tail := "kind: List\nmetadata: {}\n"
	for name, test := range map[string]struct{ in, first, last, list string }{
		"YAML": {"apiVersion: v1\nitems:\n" + yaml.String() + tail + "---\nafter: 1\n",
			"- name: n0\n  text: |\n    - x\n\n    y\n", "- name: n19999\n  text: |\n    - x\n\n    y\n", "apiVersion: v1\nitems:\n" + tail},
		"YAML without a tail": {"kind: List\nitems:\n" + yaml.String() + "---\nafter: 1\n",
			"- name: n0\n  text: |\n    - x\n\n    y\n", "- name: n19999\n  text: |\n    - x\n\n    y\n", "kind: List\nitems:\n"},
		"indented YAML": {"items:\n" + indented.String() + tail + "---\nafter: 1\n",
			"  # note\n  - name: n0\n    list:\n    - a\n    - b\n  # note\n", "  - name: n19999\n    list:\n    - a\n    - b\n", "items:\n" + tail},
		"JSON": {"{\"kind\": \"List\", \"items\": [" + strings.TrimSuffix(json.String(), ",\n") + "], \"metadata\": {\"a\": []}}\n---\nafter: 1\n",
			"{\"name\": \"n0\", \"items\": [\"]\", {}]}", "{\"name\": \"n19999\", \"items\": [\"]\", {}]}", "{\"kind\": \"List\", \"items\": [], \"metadata\": {\"a\": []}}"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := pieces(strings.NewReader(test.in))
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != n+2 {
				t.Fatalf("%d chunks, want %d", len(got), n+2)
			}
			for _, c := range []struct{ want, got string }{
				{test.first, got[0].Text}, {test.last, got[n-1].Text}, {test.list, got[n].Text}, {"after: 1\n", got[n+1].Text},
			} {
				if c.want != c.got {
					t.Errorf("chunk %q, want %q", c.got, c.want)
				}
			}
			if lines := strings.Split(test.in, "\n"); !strings.Contains(lines[got[n-1].Line-1]+lines[got[n-1].Line], "n19999") {
				t.Errorf("the last entry is said to be at line %d, which is %q", got[n-1].Line, lines[got[n-1].Line-1])
			}
		})
	}
}

func TestBadStreamsEndWithOneError(t *testing.T) {
	long := strings.Repeat("x", 8<<20)
	for name, in := range map[string]string{
		"binary":               "a: b\x00\n",
		"UTF-16":               "\xff\xfea\x00",
		"gzip":                 "\x1f\x8b\x08",
		"a long line":          long,
		"a long document":      strings.Repeat("a: b\n", 4<<20/4),
		"long JSON":            `{"a": "` + long,
		"cut JSON":             `{"a": [`,
		"cut list":             `{"items": [` + strings.Repeat(`{"a": "b"},`, 100_000),
		"spaces":               strings.Repeat(" ", 8<<20),
		"a list of no objects": `{"items": [` + strings.Repeat(`1,`, 200_000) + `1]}`,
		"brackets":             strings.Repeat("[", 8<<20),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := pieces(strings.NewReader(in))
			var syntax *tree.SyntaxError
			if !errors.As(err, &syntax) || syntax.Line < 1 {
				t.Errorf("error %v, want one with a line", err)
			}
		})
	}
}

func FuzzStream(f *testing.F) {
	for _, s := range []string{"a: b\n---\nc: d\n", "{\"items\": [{}]}{}", "items:\n- a\n- b\nkind: List\n", "--- x\n...\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		whole, err := pieces(strings.NewReader(in))
		if err != nil {
			return
		}
		half, err := pieces(iotest.HalfReader(strings.NewReader(in)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(whole, half); diff != "" {
			t.Errorf("how a stream arrives changes its documents:\n%s", diff)
		}
	})
}
