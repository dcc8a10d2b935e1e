package yamlspan

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Document is a YAML text with its nodes.
type Document struct {
	Src  string
	Root *Node // nil: no content

	// Global is set when something reaches across the whole file, such as an
	// anchor: then an entry cannot be understood without the others.
	Global bool
}

// ErrorAt returns an error that names the line of off.
func (d *Document) ErrorAt(off int, format string, args ...any) error {
	return &SyntaxError{Line: LineOf(d.Src, off), msg: fmt.Errorf(format, args...).Error()}
}

// SyntaxError is text that is not YAML or that this package does not read.
type SyntaxError struct {
	Line int
	msg  string
}

// NewSyntaxError returns an error about one line.
func NewSyntaxError(line int, msg string) *SyntaxError { return &SyntaxError{line, msg} }

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.msg) }

// LineOf returns the number, from 1, of the line that holds off.
func LineOf(src string, off int) int {
	off = min(off, len(src))
	return 1 + strings.Count(src[:off], "\n")
}

// Kind is what a node is.
type Kind uint8

// The kinds of nodes.
const (
	Scalar Kind = iota
	Mapping
	Sequence
	alias
	null // no text at all, as in "key:"
)

// Style is how a scalar is written.
type Style uint8

// The styles of scalars.
const (
	Plain Style = iota
	singleQuoted
	doubleQuoted
	Block // literal or folded
)

// Node is a piece of YAML with the exact bytes it covers. Children form a list:
// the items of a sequence, or of a mapping key and value by turns.
type Node struct {
	doc    *Document
	Kind   Kind
	Style  Style
	Flow   bool // written with brackets or braces
	Tagged bool // carries a tag
	coded  bool // a scalar whose value is not simply its text: escapes, several lines, tabs

	Outer int // where it starts, an anchor or tag included
	Start int // where its own text starts
	End   int // just after its last byte
	Col   int // of a block collection: the column of its keys or dashes
	Dash  int // of an item of a block sequence: where its dash is

	First, last, Next *Node
}

func (n *Node) add(child *Node) {
	if n.First == nil {
		n.First = child
	} else {
		n.last.Next = child
	}
	n.last = child
}

// Items lists the children of a sequence; nothing else has any.
func (n *Node) Items() []*Node {
	if n == nil || n.Kind != Sequence {
		return nil
	}
	var list []*Node
	for c := n.First; c != nil; c = c.Next {
		list = append(list, c)
	}
	return list
}

// Member is one key and value of a mapping.
type Member struct{ Key, Value *Node }

// Members lists those of a mapping; nothing else has any.
func (n *Node) Members() []Member {
	if n == nil || n.Kind != Mapping {
		return nil
	}
	var list []Member
	for k := n.First; k != nil; k = k.Next.Next {
		list = append(list, Member{k, k.Next})
	}
	return list
}

// Get returns the member of mapping n called key, nodes nil when there is none.
func (n *Node) Get(key string) Member {
	if n == nil || n.Kind != Mapping {
		return Member{}
	}
	for k := n.First; k != nil; k = k.Next.Next {
		if k.Text() == key {
			return Member{k, k.Next}
		}
	}
	return Member{}
}

// Raw is the text of n itself.
func (n *Node) Raw() string { return n.doc.Src[n.Start:n.End] }

// Text is the value of a scalar, "" for anything else and for null.
func (n *Node) Text() string {
	if n == nil || n.Kind != Scalar || n.IsNull() {
		return ""
	}
	raw := n.Raw()
	switch {
	case !n.coded && (n.Style == singleQuoted || n.Style == doubleQuoted):
		return raw[1 : len(raw)-1]
	case !n.coded || n.Style == Block:
		// The indentation of a block may depend on the lines around it: it is never
		// a name of ours.
		return raw
	}
	var y yaml.Node
	if err := yaml.Unmarshal([]byte(raw), &y); err != nil || len(y.Content) != 1 || y.Content[0].Kind != yaml.ScalarNode {
		return raw
	}
	return y.Content[0].Value
}

// IsNull reports whether YAML reads a value as null.
func (n *Node) IsNull() bool {
	if n == nil || n.Kind == null {
		return true
	}
	if n.Kind != Scalar || n.Style != Plain || n.Tagged || n.End-n.Start > len("null") {
		return false
	}
	switch n.Raw() {
	case "~", "null", "Null", "NULL":
		return true
	}
	return false
}
