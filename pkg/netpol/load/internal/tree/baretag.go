package tree

import (
	"bytes"
	"regexp"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// mayBeBareTag finds what looks like the tag "!", which yaml.v3 drops without a
// trace although it makes a string of what follows. Selectors of Calico, such as
// a && ! has(b), look the same.
var mayBeBareTag = regexp.MustCompile(`(?m)(?:^|[:,?\[{\x{85}\x{2028}\x{2029}-]|&\S+\s)\s*!(?:\s|[\x{85}\x{2028}\x{2029}]|$)`)

// oddBreaks end a line for yaml.v3 and for hardly anything else.
const oddBreaks = "\u0085\u2028\u2029"

// bareTag returns the line of a tag "!" in a document, counted from 1, or 0.
func bareTag(data []byte, doc *yaml.Node) int {
	if bytes.IndexByte(data, '!') < 0 {
		return 0 // told at once, where the expression takes as long as reading the document
	}
	at := mayBeBareTag.FindIndex(data)
	if at == nil {
		return 0
	}
	if bytes.ContainsAny(data, oddBreaks) {
		return 1 + bytes.Count(data[:at[1]-1], []byte("\n"))
	}
	c := cursor{data: data, line: 1, column: 1}
	for todo := []*yaml.Node{doc}; len(todo) > 0; {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for i := len(n.Content) - 1; i >= 0; i-- {
			todo = append(todo, n.Content[i])
		}
		if n.Kind != yaml.DocumentNode && n.Kind != yaml.AliasNode && c.to(n.Line, n.Column) && beginsWithBareTag(c.rest()) {
			return n.Line
		}
	}
	return 0
}

// cursor goes through a text once, from node to node.
type cursor struct {
	data         []byte
	at           int
	line, column int // of at, counted from 1; columns in characters
}

// to goes on to a place; false when it lies behind or outside.
func (c *cursor) to(line, column int) bool {
	for c.line < line {
		n := bytes.IndexByte(c.data[c.at:], '\n')
		if n < 0 {
			return false
		}
		c.at, c.line, c.column = c.at+n+1, c.line+1, 1
	}
	for c.line == line && c.column < column && c.at < len(c.data) {
		_, size := utf8.DecodeRune(c.data[c.at:])
		c.at, c.column = c.at+size, c.column+1
	}
	return c.line == line && c.column == column
}

// rest returns the beginning of what follows: enough for an anchor and a tag.
func (c *cursor) rest() []byte { return c.data[c.at:min(len(c.data), c.at+1024)] }

// space holds the characters that may stand between an anchor and a tag.
const space = " \t\r\n"

// beginsWithBareTag looks at the text where a node begins, its tag and its anchor
// included: no text without quotes can begin with "!".
func beginsWithBareTag(text []byte) bool {
	if bytes.HasPrefix(text, []byte("&")) {
		end := bytes.IndexAny(text, space)
		if end < 0 {
			return false
		}
		text = bytes.TrimLeft(text[end:], space)
	}
	return len(text) > 0 && text[0] == '!' && (len(text) == 1 || bytes.IndexByte([]byte(space), text[1]) >= 0)
}
