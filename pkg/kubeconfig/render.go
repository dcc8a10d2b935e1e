package kubeconfig

import (
	"fmt"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig/internal/yamlspan"
)

// obj is a mapping to be written; values are string, bool, []string, obj,
// []obj, or inline.
type obj []field

type field struct {
	key   string
	value any
}

// inline is a mapping that is written on one line even in block context.
type inline obj

// lines writes o in block style, indented by col.
func (o obj) lines(col int) []string {
	pad := strings.Repeat(" ", col)
	var out []string
	for _, f := range o {
		head := pad + scalarText(f.key) + ":"
		switch v := f.value.(type) {
		case []string:
			out = append(out, head)
			for _, s := range v {
				out = append(out, pad+"- "+scalarText(s))
			}
		case obj:
			out = append(append(out, head), v.lines(col+2)...)
		case []obj:
			out = append(append(out, head), itemLines(v, col)...)
		default:
			out = append(out, head+" "+blockValue(v))
		}
	}
	return out
}

// itemLines writes a block sequence with its dashes in column col.
func itemLines(items []obj, col int) []string {
	var out []string
	for _, o := range items {
		lines := o.lines(col + 2)
		lines[0] = strings.Repeat(" ", col) + "- " + lines[0][col+2:]
		out = append(out, lines...)
	}
	return out
}

// blockValue writes a value that fits on its key's line.
func blockValue(v any) string {
	switch v := v.(type) {
	case string:
		return scalarText(v)
	default:
		return flowText(v)
	}
}

// flowText writes v as JSON, which is YAML too.
func flowText(v any) string {
	switch v := v.(type) {
	case string:
		return yamlspan.Quote(v)
	case bool:
		return fmt.Sprint(v)
	case inline:
		return flowText(obj(v))
	case []string:
		parts := make([]string, len(v))
		for i, s := range v {
			parts[i] = yamlspan.Quote(s)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case []obj:
		parts := make([]string, len(v))
		for i, o := range v {
			parts[i] = flowText(o)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case obj:
		parts := make([]string, len(v))
		for i, f := range v {
			parts[i] = yamlspan.Quote(f.key) + ": " + flowText(f.value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return "null"
}

// scalarText writes a string bare where every YAML version reads it back as
// that string, else quoted.
func scalarText(s string) string {
	if yamlspan.IsPlainString(s) {
		return s
	}
	return yamlspan.Quote(s)
}
