package tree

import (
	"fmt"
	"iter"
)

// Kind says what a value is.
type Kind uint8

// The kinds of values. A number is an Int when it is written without fraction
// and exponent (JSON) or resolves to an integer (YAML).
const (
	Null Kind = iota
	Bool
	Int
	Float
	String
	Map
	List
)

var kindNames = [...]string{"null", "a boolean", "an integer", "a number", "a string", "a mapping", "a list"}

// String names the kind as an error message does, with its article.
func (k Kind) String() string { return kindNames[k] }

// Bounds of one document. The API server refuses requests beyond 3 MiB, so
// nothing that could ever be applied is refused here.
const (
	MaxBytes  = 3 << 20
	MaxValues = 200_000
	MaxDepth  = 100
)

// SyntaxError is a document that is not JSON or YAML, or is beyond the bounds.
type SyntaxError struct {
	Line int // 1-based, in the file
	Msg  string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Msg) }

type node struct {
	key, val    []byte
	line        int
	first, next int // index of the first child and the next sibling; 0: none
	count       int
	kind        Kind
}

// Doc is one parsed document. The zero value is ready for use.
type Doc struct {
	nodes   []node
	scratch []byte
	seen    map[string]struct{}
	aliases int
}

// Node is a value in a Doc. The zero Node stands for an absent value.
type Node struct {
	doc *Doc
	at  int
}

func (d *Doc) reset() {
	if d.nodes == nil {
		d.nodes = make([]node, 1, 512)
	}
	d.nodes = d.nodes[:1] // index 0 stands for "none"
	d.scratch = d.scratch[:0]
	d.aliases = 0
}

// add appends a node and links it behind last (or as the first child of parent).
func (d *Doc) add(parent, last int, n node) (int, error) {
	if len(d.nodes) > MaxValues {
		return 0, &SyntaxError{n.line, fmt.Sprintf("the document holds more than %d values", MaxValues)}
	}
	at := len(d.nodes)
	d.nodes = append(d.nodes, n)
	if parent != 0 {
		d.nodes[parent].count++
		if last == 0 {
			d.nodes[parent].first = at
		} else {
			d.nodes[last].next = at
		}
	}
	return at, nil
}

// unique reports an error when two children of a mapping have the same key.
func (d *Doc) unique(parent int) error {
	p := d.nodes[parent]
	if p.count < 2 {
		return nil
	}
	if p.count <= 12 {
		for i := d.nodes[p.first].next; i != 0; i = d.nodes[i].next {
			for j := p.first; j != i; j = d.nodes[j].next {
				if string(d.nodes[i].key) == string(d.nodes[j].key) {
					return d.repeated(i)
				}
			}
		}
		return nil
	}
	if d.seen == nil {
		d.seen = make(map[string]struct{})
	}
	clear(d.seen)
	for i := p.first; i != 0; i = d.nodes[i].next {
		if _, ok := d.seen[string(d.nodes[i].key)]; ok {
			return d.repeated(i)
		}
		d.seen[string(d.nodes[i].key)] = struct{}{}
	}
	return nil
}

func (d *Doc) repeated(i int) error {
	return &SyntaxError{d.nodes[i].line, fmt.Sprintf("key %q is given twice", d.nodes[i].key)}
}

// Exists reports whether the value is there (null counts as there).
func (n Node) Exists() bool { return n.at != 0 }

// Kind returns what the value is; Null for an absent one.
func (n Node) Kind() Kind {
	if n.at == 0 {
		return Null
	}
	return n.doc.nodes[n.at].kind
}

// Line returns the line of the value (of its key, inside a mapping); 0 when
// absent.
func (n Node) Line() int {
	if n.at == 0 {
		return 0
	}
	return n.doc.nodes[n.at].line
}

// Key returns the key of a value inside a mapping. Valid until the next Parse.
func (n Node) Key() []byte { return n.doc.nodes[n.at].key }

// Text returns the text of a scalar: a string's content, a number in JSON's
// notation, true or false. Valid until the next Parse.
func (n Node) Text() []byte {
	if n.at == 0 {
		return nil
	}
	return n.doc.nodes[n.at].val
}

// Len returns the number of entries of a list or mapping.
func (n Node) Len() int {
	if n.at == 0 {
		return 0
	}
	return n.doc.nodes[n.at].count
}

// All walks the entries of a list or mapping, in their order.
func (n Node) All() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		if n.at == 0 {
			return
		}
		for i := n.doc.nodes[n.at].first; i != 0; i = n.doc.nodes[i].next {
			if !yield(Node{n.doc, i}) {
				return
			}
		}
	}
}

// Get returns the value under key in a mapping, or the absent Node.
func (n Node) Get(key string) Node {
	for f := range n.All() {
		if string(f.Key()) == key && n.Kind() == Map {
			return f
		}
	}
	return Node{}
}
