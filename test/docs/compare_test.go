package docs

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// elision stands for what a page leaves out: within a line for any text, alone
// on a line for any number of lines.
const elision = "…"

// What changes from run to run counts as equal: ids, times, how long something
// took, the address of an API server, and how wide a table is.
var changing = []struct {
	pattern *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`), "<id>"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00| UTC)?`), "<moment>"},
	{regexp.MustCompile(`https://(127\.0\.0\.1|10\.\d+\.\d+\.\d+|203\.0\.113\.\d+):\d+`), "<api>"},
	{regexp.MustCompile(`\b(\d+(\.\d+)?(ms|µs|h|m|s|d))+\b`), "<time>"},
	{regexp.MustCompile(`[ \t]+`), " "},
	{regexp.MustCompile(` $`), ""},
}

func normalise(lines []string) []string {
	out := slices.Clone(lines)
	for i := range out {
		for _, c := range changing {
			out[i] = c.pattern.ReplaceAllString(out[i], c.instead)
		}
	}
	for len(out) > 0 && out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	return out
}

// same reports whether a command printed what a page shows. Both are normalised.
func same(shown, printed []string) bool {
	if len(shown) == 0 {
		return len(printed) == 0
	}
	if shown[0] == elision {
		for skip := range len(printed) + 1 {
			if same(shown[1:], printed[skip:]) {
				return true
			}
		}
		return false
	}
	return len(printed) > 0 && sameLine(shown[0], printed[0]) && same(shown[1:], printed[1:])
}

func sameLine(shown, printed string) bool {
	parts := strings.Split(shown, elision)
	if len(parts) == 1 {
		return shown == printed
	}
	for i, part := range parts {
		at := strings.Index(printed, part)
		switch {
		case i == len(parts)-1:
			return strings.HasSuffix(printed, part)
		case at < 0, i == 0 && at > 0:
			return false
		}
		printed = printed[at+len(part):]
	}
	return true
}

func TestSame(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		shown, printed string
		want           bool
	}{
		"equal":                 {"a\nb", "a\nb", true},
		"another":               {"a\nb", "a\nc", false},
		"too much":              {"a", "a\nb", false},
		"too little":            {"a\nb", "a", false},
		"width of a table":      {"NAME   AGE\nprod   47m", "NAME             AGE\nprod             3h2m", true},
		"ids":                   {"uuid 39a8c8ce-e39d-414a-83bf-95744569052c", "uuid 00000000-e39d-414a-83bf-95744569052c", true},
		"no id":                 {"uuid 39a8c8ce-e39d-414a-83bf-95744569052c", "uuid", false},
		"API servers":           {"at https://10.0.0.5:6443", "at https://127.0.0.1:45123", true},
		"lines left out":        {"a\n…\nz", "a\nb\nc\nz", true},
		"nothing left out":      {"a\n…\nz", "a\nz", true},
		"the end left out":      {"a\n…", "a\nb", true},
		"the end is another":    {"a\n…\ny", "a\nb\nz", false},
		"text left out":         {"v1… of …", "v1.36 of kubectl", true},
		"text before is wrong":  {"v1… of …", "xv1.36 of kubectl", false},
		"text behind is wrong":  {"a … c", "a b d", false},
		"a number is no time":   {"3 nodes", "4 nodes", false},
		"a version is no time":  {"v1.36.3", "v1.36.2", false},
		"empty lines at an end": {"a", "a\n\n", true},
	} {
		got := same(normalise(strings.Split(c.shown, "\n")), normalise(strings.Split(c.printed, "\n")))
		if got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
