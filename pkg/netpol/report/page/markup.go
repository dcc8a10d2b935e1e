package page

import (
	"bufio"
	"fmt"
	"html"
	"strings"
	"unicode"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// fixed is text of this package: names of tags and attributes. What comes from a
// cluster is a string and never becomes one.
type fixed string

// attr is an attribute; its value is escaped.
type attr struct {
	name  fixed
	value string
}

// class is the attribute of that name.
func class(names fixed) attr { return attr{"class", string(names)} }

// block is the elements behind which a new line makes the file easier to read.
var block = map[fixed]bool{"p": true, "li": true, "ul": true, "section": true, "h1": true, "h2": true, "h3": true,
	"tr": true, "table": true, "article": true, "header": true, "dl": true, "details": true, "style": true, "script": true,
	"head": true, "body": true, "html": true, "title": true, "nav": true, "main": true, "div": true, "a": true}

// markup writes HTML. It is the only way that text gets between the tags: what
// start, leaf and text are given is always escaped. The writer keeps errors
// until it is flushed.
type markup struct {
	w    *bufio.Writer
	open []fixed
}

func (m *markup) write(parts ...string) {
	for _, p := range parts {
		_, _ = m.w.WriteString(p)
	}
}

// start opens an element, to be closed by end.
func (m *markup) start(tag fixed, attrs ...attr) {
	m.write("<", string(tag))
	for _, a := range attrs {
		m.write(" ", string(a.name), `="`, html.EscapeString(visible(a.value)), `"`)
	}
	m.write(">")
	m.open = append(m.open, tag)
}

// end closes the element opened last.
func (m *markup) end() {
	last := len(m.open) - 1
	m.write("</", string(m.open[last]), ">")
	if block[m.open[last]] {
		m.write("\n")
	}
	m.open = m.open[:last]
}

// leaf writes an element that holds only text.
func (m *markup) leaf(tag fixed, text string, attrs ...attr) {
	m.start(tag, attrs...)
	m.text(text)
	m.end()
}

// text writes one line of text.
func (m *markup) text(s string) { m.write(html.EscapeString(visible(s))) }

// lines writes text of several lines, for a pre element.
func (m *markup) lines(s string) {
	for line := range strings.Lines(s) {
		body := strings.TrimLeft(line, " ")
		m.write(line[:len(line)-len(body)])
		m.text(strings.TrimRight(body, "\n"))
		m.write("\n")
	}
}

// asset writes a constant of this program as it is.
func (m *markup) asset(a fixed) { m.write(string(a)) }

// visible returns s on one line with nothing in it that a reader cannot see:
// controls, what turns the direction of text around, separators of lines.
func visible(s string) string {
	s = clierr.Clean(s)
	if !strings.ContainsFunc(s, breaks) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if breaks(r) {
			fmt.Fprintf(&b, "\\u%04x", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func breaks(r rune) bool { return unicode.In(r, unicode.Zl, unicode.Zp) }
