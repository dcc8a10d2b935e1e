package tree

import (
	"errors"
	"testing"
)

// TestBareTag: yaml.v3 drops the tag "!"; a document that has one is refused, and
// text that only looks like it is not.
func TestBareTag(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{ // the line that is refused; 0: none
		"a: {b: ! 5}":                             1,
		"a: {}\nb: ! yes":                         2,
		"a: {}\nb: !\n  c: 1":                     2,
		"- {}\n- &x ! 5":                          2,
		"- {}\n- &x\n  ! 5":                       2,
		"- {}\n- ! &x 5":                          2,
		"{a: 1, ! b: 2}":                          1,
		"[! a]":                                   1,
		"é: {}\nö: [é, ! 5]":                      2,
		"a: {s: '!has(x) && ! has(y)'}":           0,
		"a: {}\nb: has(x) && ! has(y)":            0,
		"a: {}\nb: >-\n  has(x) &&\n  ! has(y)\n": 0,
		"a: {}\nb: \"- ! x, ! y\"":                0,
		"a: {}\nb: has(x) &&\n  ! has(y)":         0,
	} {
		var d Doc
		_, err := d.ParseYAML([]byte(text), 1)
		got := 0
		var s *SyntaxError
		if errors.As(err, &s) {
			got = s.Line
		} else if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%q: refused at line %d (%v), want %d", text, got, err, want)
		}
	}
}
