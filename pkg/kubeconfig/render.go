package kubeconfig

import (
	"fmt"
	"strings"
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
		return quote(v)
	case bool:
		return fmt.Sprint(v)
	case inline:
		return flowText(obj(v))
	case []string:
		parts := make([]string, len(v))
		for i, s := range v {
			parts[i] = quote(s)
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
			parts[i] = quote(f.key) + ": " + flowText(f.value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return "null"
}

// scalarText writes a string bare where every YAML version reads it back as
// that string, else quoted.
func scalarText(s string) string {
	if isPlainString(s) {
		return s
	}
	return quote(s)
}

// isPlainString reports whether s, standing bare in block context, is a string
// to every YAML version: it begins with a letter or a slash, so it is no
// number or date, it is none of YAML's words, and nothing in it ends a scalar.
func isPlainString(s string) bool {
	if flag := strings.TrimPrefix(s, "--"); flag != s {
		return flag != "" && isLetter(flag[0]) && isPlainString(flag)
	}
	if s == "" || !isLetter(s[0]) && s[0] != '/' {
		return false
	}
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case isLetter(c), c >= '0' && c <= '9', strings.IndexByte("-_./@+=,()%~", c) >= 0:
		case c == ':':
			if i+1 == len(s) || s[i+1] == ' ' {
				return false
			}
		case c == ' ':
			if i+1 == len(s) || s[i+1] == '#' || s[i+1] == ' ' {
				return false
			}
		default:
			return false
		}
	}
	return len(s) > 5 || !isWord(s)
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// isWord reports the words that some YAML version reads as something else.
func isWord(s string) bool {
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf":
		return true
	}
	return false
}

// quote writes s between double quotes, in the escapes that JSON and YAML
// share. Characters outside the printable ones are escaped, so that a name can
// neither forge a line nor move a cursor.
func quote(s string) string {
	var b strings.Builder
	b.Grow(len(s) + 2)
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case !harmlessRunes(string(r)):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
