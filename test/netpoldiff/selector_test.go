package netpoldiff

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	calico "github.com/projectcalico/calico/libcalico-go/lib/selector"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/selector"
	"github.com/catalyst-cloud/kubectl-catalyst/test/seeds"
)

// selectorWords are what selectors are made of, and what they are not.
var selectorWords = []string{"a", "b", "app", "env.x/y-z_1", "in", "not", "contains", "starts", "with", "ends", "has", "all", "global",
	"has(a)", "has( b )", "has()", "all()", "all( )", "global()", "==", "!=", "=", "!", "&&", "||", "&", "|", "(", ")", "{", "}", ",",
	`"x"`, `'x'`, `""`, `"y"`, `'`, `"`, "'xy'", "in {", "not in {", "starts with", "ends with", " ", "\t", "#", "é"}

func randomSelector(r *rand.Rand) string {
	var b strings.Builder
	if r.IntN(3) > 0 { // mostly words in an order that makes sense
		for i := range 1 + r.IntN(4) {
			if i > 0 {
				b.WriteString([]string{" && ", "||", " ", "&&"}[r.IntN(4)])
			}
			b.WriteString([]string{"", "!", "! ", "(", "!!"}[r.IntN(5)])
			b.WriteString([]string{"a", "b", "app", "in", "has"}[r.IntN(5)])
			b.WriteString([]string{" == 'x'", "!=\"y\"", " in {'x','y'}", " not in { }", " notin{'x',}", " contains 'x'", "starts with 'x'",
				" startswith 'x'", " ends  with\t'y'", " in{'xy'}", " inside {'x'}"}[r.IntN(11)])
			b.WriteString([]string{"", ")", "", ""}[r.IntN(4)])
		}
		return b.String()
	}
	for range r.IntN(9) {
		b.WriteString(selectorWords[r.IntN(len(selectorWords))])
		b.WriteString([]string{"", " "}[r.IntN(2)])
	}
	return b.String()
}

// sameSelector holds one text against Calico's parser and evaluation, and returns
// where they differ.
func sameSelector(text string) string {
	if strings.ContainsAny(text, "\n\r\f\v") {
		return "" // Calico up to 3.29 took line breaks in the middle of some operators
	}
	ours, err := selector.Parse(text)
	theirs, theirErr := calico.Parse(text)
	if (err == nil) != (theirErr == nil) {
		return fmt.Sprintf("%q: ours says %v, Calico's %v", text, err, theirErr)
	}
	if err != nil {
		return ""
	}
	for _, labels := range []map[string]string{{}, {"a": "x"}, {"a": "y", "b": "x"}, {"app": "xy", "in": "x"}, {"a": "", "has": "y", "b": "yx"},
		{"env.x/y-z_1": "x", "app": "y", "in": "yy"}} {
		get := func(key string) (string, bool) {
			v, ok := labels[key]
			return v, ok
		}
		if got, want := ours.Matches(get), theirs.Evaluate(labels); got != want {
			return fmt.Sprintf("%q over %v: ours %t, Calico's %t", text, labels, got, want)
		}
	}
	return ""
}

// TestSelectors: the selector language is Calico's, errors included.
func TestSelectors(t *testing.T) {
	t.Parallel()
	valid, count := 0, 0
	enough := seeds.Check(t, 1000, func(r *rand.Rand) string {
		for range 100 {
			text := randomSelector(r)
			if bad := sameSelector(text); bad != "" {
				return bad
			}
			count++
			if _, err := selector.Parse(text); err == nil {
				valid++
			}
		}
		return ""
	})
	if enough && valid < count/10 {
		t.Errorf("only %d of %d texts are selectors", valid, count)
	}
}

// FuzzSelector looks for texts that the two read differently.
func FuzzSelector(f *testing.F) {
	for _, w := range selectorWords {
		f.Add("a " + w + " 'x'")
		f.Add(w)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if bad := sameSelector(text); bad != "" {
			t.Fatal(bad)
		}
	})
}
