package visible_test

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/visible"
)

// hostile is a text with everything that must not be obeyed: CSI as one
// character, DEL, an override of direction, a zero-width space, a tag beyond
// U+FFFF; and what must stay.
const hostile = "a\u009b2Jb\x7fc\u202ed\u200be\U000E0041f – ä 漢 🚀\n\x1b[2K"

func TestEscapeShowsWhatIsHidden(t *testing.T) {
	t.Parallel()
	want := `a\u009b2Jb\u007fc\u202ed\u200be\udb40\udc41f – ä 漢 🚀` + "\n\x1b[2K"
	if got := string(visible.Escape([]byte(hostile))); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := string(visible.Escape([]byte("a\x9bb"))); got != "a\ufffdb" {
		t.Errorf("a byte that is not UTF-8: %q", got)
	}
}

func TestLineIsOneLine(t *testing.T) {
	t.Parallel()
	if got, want := visible.Line("a\r\nb\x1b[31m\u202ec"), `a  b\u001b[31m\u202ec`; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// A character may arrive in two writes, and so may one that is hidden.
func TestWriterJoinsCharacters(t *testing.T) {
	t.Parallel()
	for size := 1; size <= 5; size++ {
		var out bytes.Buffer
		w := visible.NewWriter(&out)
		for text := []byte(hostile); len(text) > 0; {
			n := min(size, len(text))
			if got, err := w.Write(text[:n]); got != n || err != nil {
				t.Fatalf("wrote %d of %d: %v", got, n, err)
			}
			text = text[n:]
		}
		if want := string(visible.Escape([]byte(hostile))); out.String() != want {
			t.Errorf("in pieces of %d: %q", size, out.String())
		}
	}
	if visible.NewWriter(io.Discard) != io.Discard {
		t.Error("what is thrown away is looked at")
	}
}

func FuzzEscapeKeepsJSON(f *testing.F) {
	f.Add(hostile)
	f.Add("\xff\u0080\U000E0001\u2028")
	f.Fuzz(func(t *testing.T, text string) {
		data, err := json.Marshal(map[string]string{text: text})
		if err != nil {
			t.Skip()
		}
		safe := visible.Escape(data)
		if bytes.ContainsFunc(safe, visible.Hidden) || !utf8.Valid(safe) {
			t.Fatalf("hidden characters are left in %q", safe)
		}
		var before, after map[string]string
		if json.Unmarshal(data, &before) != nil || json.Unmarshal(safe, &after) != nil {
			t.Fatalf("%q is no JSON any more", safe)
		}
		for key, value := range before {
			if after[key] != value {
				t.Fatalf("%q became %q", value, after[key])
			}
		}
		if line := visible.Line(text); strings.ContainsFunc(line, unicode.IsControl) {
			t.Fatalf("control characters are left in %q", line)
		}
	})
}
