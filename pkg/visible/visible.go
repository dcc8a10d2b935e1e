// Package visible shows characters that a reader does not see but a terminal or
// an editor obeys: control characters, and those that only format text, such as
// the ones that reverse its direction. A name from a cloud or a cluster may hold
// any of them.
package visible

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Hidden reports whether r is obeyed rather than shown, and has no place in any
// text: DEL, the C1 controls (U+0080 to U+009F) and all format characters (Cf).
// Line breaks, tabs and the other C0 controls are not among them: programs write
// these on purpose, and Line removes those of others.
func Hidden(r rune) bool {
	return r >= 0x7f && (r <= 0x9f || unicode.Is(unicode.Cf, r))
}

// HasHidden reports whether text holds a hidden character.
func HasHidden(text []byte) bool {
	return bytes.ContainsFunc(text, Hidden)
}

// Line returns s on one line: line breaks become spaces, and each hidden or
// control character becomes its escape.
func Line(s string) string {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			b = append(b, ' ')
		case unicode.IsControl(r) || Hidden(r):
			b = appendEscape(b, r)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return string(b)
}

// Escape replaces each hidden character of text by its escape, and each byte that
// is not UTF-8 by U+FFFD. In JSON the result has the same value: the escapes are
// JSON's own, and hidden characters only stand inside of its strings.
func Escape(text []byte) []byte {
	at := firstUnsafe(text)
	if at == len(text) {
		return text
	}
	b := append(make([]byte, 0, len(text)+64), text[:at]...)
	for text = text[at:]; len(text) > 0; {
		r, size := utf8.DecodeRune(text)
		if Hidden(r) {
			b = appendEscape(b, r)
		} else {
			b = utf8.AppendRune(b, r)
		}
		text = text[size:]
	}
	return b
}

// firstUnsafe returns where the first character stands that Escape changes, and
// the length of text when there is none. Almost all text is ASCII, and a map of a
// large cluster is a lot of it, so bytes are compared before runes are decoded.
func firstUnsafe(text []byte) int {
	for i := 0; i < len(text); {
		if text[i] < 0x7f {
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if Hidden(r) || r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
	return len(text)
}

// appendEscape writes r as JSON does: \u009b, and two of these beyond U+FFFF.
func appendEscape(b []byte, r rune) []byte {
	if high, low := utf16.EncodeRune(r); high != unicode.ReplacementChar {
		return fmt.Appendf(b, `\u%04x\u%04x`, high, low)
	}
	return fmt.Appendf(b, `\u%04x`, r)
}

// Writer passes on what is written to it through Escape. It is safe for several
// goroutines, as files are.
type Writer struct {
	mu   sync.Mutex
	to   io.Writer
	part []byte // the beginning of a character whose end has not been written yet
}

// NewWriter returns a Writer to w; w itself when it is one already.
func NewWriter(w io.Writer) io.Writer {
	if _, is := w.(*Writer); is || w == nil || w == io.Discard {
		return w
	}
	return &Writer{to: w}
}

// Unwrap returns what is written to, for those who ask a terminal for its size.
func (w *Writer) Unwrap() io.Writer { return w.to }

// Write writes p without its hidden characters.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := p
	if len(w.part) > 0 {
		text = append(w.part, p...)
		w.part = nil
	}
	if cut := startOfLast(text); cut < len(text) {
		w.part = bytes.Clone(text[cut:])
		text = text[:cut]
	}
	if len(text) == 0 {
		return len(p), nil
	}
	if _, err := w.to.Write(Escape(text)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// startOfLast returns where an incomplete character at the end of text begins,
// and the length of text when it ends with a whole one.
func startOfLast(text []byte) int {
	for i := len(text) - 1; i >= max(0, len(text)-utf8.UTFMax); i-- {
		if utf8.RuneStart(text[i]) {
			if utf8.FullRune(text[i:]) {
				break
			}
			return i
		}
	}
	return len(text)
}
