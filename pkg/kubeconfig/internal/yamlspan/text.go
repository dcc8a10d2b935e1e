package yamlspan

import (
	"fmt"
	"strings"
)

// BOM is the byte-order mark that some editors put at the start of a file.
const BOM = "\ufeff"

// IsPlainString reports whether s, standing bare in block context, is a string
// to every YAML version: it begins with a letter or a slash, so it is no
// number or date, it is none of YAML's words, and nothing in it ends a scalar.
func IsPlainString(s string) bool {
	if flag := strings.TrimPrefix(s, "--"); flag != s {
		return flag != "" && isLetter(flag[0]) && IsPlainString(flag)
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
	return !isWord(s)
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// isWord reports whether some YAML version reads s as something else than a
// string.
func isWord(s string) bool {
	switch strings.ToLower(s) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf":
		return true
	}
	return false
}

// Quote writes s between double quotes, in the escapes that JSON and YAML
// share. Characters outside the printable ones are escaped, so that a name can
// neither forge a line nor move a cursor.
func Quote(s string) string {
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
		case !isHarmless(string(r)):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// isHarmless reports whether YAML sees no line break and no forbidden character
// in s.
func isHarmless(s string) bool {
	for _, r := range s {
		switch {
		case r < ' ' && r != '\t', r >= 0x7f && r < 0xa0, r == 0x2028, r == 0x2029,
			r == 0xfeff, r >= 0xfffd && r <= 0xffff:
			return false
		}
	}
	return true
}
