package selector_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/selector"
)

// labels has a label with an empty value.
func labels(key string) (string, bool) {
	v, ok := map[string]string{"app": "web", "env": "prod-1", "none": ""}[key]
	return v, ok
}

func TestMatches(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"":                                      true,
		" \t":                                   true,
		"all()":                                 true,
		"all( )":                                true,
		"!all()":                                false,
		"app == 'web'":                          true,
		`app=="web"`:                            true,
		"app == 'Web'":                          false,
		"app != 'web'":                          false,
		"gone != 'web'":                         true,
		"gone == ''":                            false,
		"none == ''":                            true,
		"has(none)":                             true,
		"has( gone )":                           false,
		"app in {'x', 'web'}":                   true,
		"app in {}":                             false,
		"app in {'web',}":                       true,
		"app not in {'x'}":                      true,
		"gone not in {'x'}":                     true,
		"app notin{'web'}":                      false,
		"env starts with 'prod'":                true,
		"env ends with '-1'":                    true,
		"env contains 'od-'":                    true,
		"env contains ''":                       true,
		"gone contains ''":                      false,
		"!gone contains ''":                     true,
		"app == 'x' && has(env) || has(none)":   true,
		"app == 'x' && (has(env) || has(none))": false,
		"!!has(app)":                            true,
		"! ! !has(app)":                         false,
		`env == "it's" || app == 'web'`:         true,
	} {
		e, err := selector.Parse(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := e.Matches(labels); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}

func TestErrorsSayWhere(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"app = 'web'":          "column 5: want an operator behind a label",
		"app == web":           `column 8: want a text in quotes, not "web"`,
		"app == 'web":          "column 8: the text has no end",
		"app":                  "column 4: want an operator behind the label \"app\", not the end",
		"app in 'web'":         "column 8: want { and a list of texts",
		"app in {'web'":        "column 14: want }, not the end",
		"(has(app)":            "column 10: want ), not the end",
		"has(app) has(env)":    `column 10: want &&, || or the end, not "has(env)"`,
		"has(app) &&":          "column 12: want a label, has(), all() or a parenthesis, not the end",
		"has()":                "column 1: want the name of a label in has()",
		"app == 'x' &\nhas(y)": `column 12: unexpected character "&"`,
		"app ==\n'x'":          `column 7: `,
		strings.Repeat("(", 2000) + "all()" + strings.Repeat(")", 2000): "nested more than",
	} {
		_, err := selector.Parse(text)
		var e *selector.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
}

// FuzzParse: no text makes it fall over, and what is read reads the same again.
func FuzzParse(f *testing.F) {
	f.Add("app == 'web' && !(has(env) || env not in {'a', \"b\"})")
	f.Add("a starts with '' || global()")
	f.Fuzz(func(t *testing.T, text string) {
		e, err := selector.Parse(text)
		if (e == nil) != (err != nil) {
			t.Fatalf("%q: %v and %v", text, e, err)
		}
		if e == nil {
			return
		}
		not, err := selector.Parse("!(" + text + ")")
		nested := strings.Count(text, "(") > 900 // near the bound, one more is too many
		if strings.Trim(text, " \t") != "" && !nested && (err != nil || not.Matches(labels) == e.Matches(labels)) {
			t.Fatalf("%q and its negation agree: %v", text, err)
		}
	})
}
