package kubeconfig

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

type kind uint8

const (
	scalar kind = iota
	mapping
	sequence
	alias
	null // no text at all, as in "key:"
)

type style uint8

const (
	plain style = iota
	single
	double
	block // literal or folded
)

// node is a piece of YAML with the exact bytes it covers, which the yaml
// library does not tell. Children form a list: the items of a sequence, or of a
// mapping key and value by turns.
type node struct {
	kind   kind
	style  style
	flow   bool // written with brackets or braces
	exotic bool // uses something outside the simple subset; see parser
	tagged bool // carries a tag

	outer int // where it starts, an anchor or tag included
	start int // where its own text starts
	end   int // just after its last byte
	col   int // of a block collection: the column of its keys or dashes
	dash  int // of an item of a block sequence: where its dash is

	first, last, next *node
}

func (n *node) add(child *node) {
	if n.first == nil {
		n.first = child
	} else {
		n.last.next = child
	}
	n.last = child
}

// items lists the children of a sequence.
func (n *node) items() []*node {
	var list []*node
	for c := n.first; c != nil; c = c.next {
		list = append(list, c)
	}
	return list
}

// member is one key and value of a mapping.
type member struct{ key, value *node }

func (n *node) members() []member {
	var list []member
	for k := n.first; k != nil; k = k.next.next {
		list = append(list, member{k, k.next})
	}
	return list
}

// get returns the member of mapping n called key, nodes nil when there is none.
func (n *node) get(src, key string) member {
	if n == nil || n.kind != mapping {
		return member{}
	}
	for k := n.first; k != nil; k = k.next.next {
		if k.text(src) == key {
			return member{k, k.next}
		}
	}
	return member{}
}

// raw is the text of n itself.
func (n *node) raw(src string) string { return src[n.start:n.end] }

// text is the value of a scalar, "" for anything else and for null.
func (n *node) text(src string) string {
	if n == nil || n.kind != scalar || n.end-n.start <= len("null") && n.isNull(src) {
		return ""
	}
	raw := n.raw(src)
	if !n.exotic {
		switch n.style {
		case single, double:
			return raw[1 : len(raw)-1]
		default:
			return raw
		}
	}
	if n.style == block {
		// The indentation may hang on the lines around it: never a name of ours.
		return raw
	}
	var y yaml.Node
	if err := yaml.Unmarshal([]byte(raw), &y); err != nil || len(y.Content) != 1 || y.Content[0].Kind != yaml.ScalarNode {
		return raw
	}
	return y.Content[0].Value
}

// isNull reports a value that YAML reads as null.
func (n *node) isNull(src string) bool {
	if n == nil || n.kind == null {
		return true
	}
	if n.kind != scalar || n.style != plain || n.tagged {
		return false
	}
	switch n.raw(src) {
	case "~", "null", "Null", "NULL":
		return true
	}
	return false
}

// lineOf returns the number, from 1, of the line that holds off.
func lineOf(src string, off int) int {
	off = min(off, len(src))
	return 1 + strings.Count(src[:off], "\n")
}
