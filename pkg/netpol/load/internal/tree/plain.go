package tree

import (
	"bytes"
	"errors"
	"fmt"
)

// errNotPlain sends a document to the complete YAML parser: it is either not in
// the plain style or not YAML at all, and only that parser can tell.
var errNotPlain = errors.New("not in plain style")

// plainParser reads block mappings and sequences line by line, with scalars that end
// on their own line, which is nearly all that kubectl writes. Whatever it is not
// certain about it leaves to the complete parser, which takes five times as long;
// what it accepts, it reads the same way.
type plainParser struct {
	d      *Doc
	data   []byte
	pos    int    // start of the line after the current one
	line   int    // number of the current line
	more   bool   // there is a current line
	indent int    // its indentation
	text   []byte // its content, without indentation and line end
}

func (d *Doc) fast(data []byte, line int) (Node, error) {
	if !plainBytes(data) {
		return Node{}, errNotPlain
	}
	p := plainParser{d: d, data: data, line: line - 1}
	p.advance()
	if !p.more {
		return Node{}, nil
	}
	at, err := p.block(0, 0, nil, p.line, 0)
	if err != nil {
		return Node{}, err
	}
	if p.more {
		return Node{}, errNotPlain
	}
	return Node{d, at}, nil
}

// plainBytes reports whether data is printable ASCII in lines: no tab, no lone
// carriage return, nothing that YAML might take for a line break.
func plainBytes(data []byte) bool {
	for i, c := range data {
		if c-0x20 < 0x7f-0x20 || c == '\n' {
			continue
		}
		if c != '\r' || i+1 == len(data) || data[i+1] != '\n' {
			return false
		}
	}
	return true
}

// rawLine returns the next line without its end.
func (p *plainParser) rawLine() []byte {
	rest := p.data[p.pos:]
	end := bytes.IndexByte(rest, '\n')
	if end < 0 {
		p.pos = len(p.data)
		return rest
	}
	p.pos += end + 1
	if end > 0 && rest[end-1] == '\r' {
		end--
	}
	return rest[:end]
}

// advance goes to the next line that has content.
func (p *plainParser) advance() {
	for p.pos < len(p.data) {
		raw := p.rawLine()
		p.line++
		indent := spaces(raw)
		if indent == len(raw) || raw[indent] == '#' {
			continue
		}
		p.more, p.indent, p.text = true, indent, raw[indent:]
		return
	}
	p.more = false
}

func spaces(b []byte) int {
	n := 0
	for n < len(b) && b[n] == ' ' {
		n++
	}
	return n
}

func isItem(text []byte) bool { return text[0] == '-' && (len(text) == 1 || text[1] == ' ') }

// block reads the mapping or sequence that starts at the current line.
func (p *plainParser) block(parent, last int, key []byte, line, depth int) (int, error) {
	if depth > MaxDepth {
		return 0, &SyntaxError{p.line, fmt.Sprintf("values are nested more than %d deep", MaxDepth)}
	}
	n := node{key: key, line: line, kind: Map}
	if isItem(p.text) {
		n.kind = List
	} else if _, _, _, ok := splitKey(p.text); !ok {
		return 0, errNotPlain
	}
	at, err := p.d.add(parent, last, n)
	if err != nil {
		return 0, err
	}
	if n.kind == List {
		return at, p.sequence(at, p.indent, depth)
	}
	return at, p.mapping(at, p.indent, depth)
}

func (p *plainParser) mapping(at int, indent, depth int) error {
	var last int
	for p.more && p.indent == indent && !isItem(p.text) {
		raw, rest, plain, ok := splitKey(p.text)
		if !ok {
			return errNotPlain
		}
		key, err := keyText(raw, plain, p.line)
		if err != nil {
			return err
		}
		if len(rest) > 0 {
			last, err = p.inline(at, last, key, rest, indent)
		} else {
			last, err = p.below(at, last, key, indent, depth, true)
		}
		if err != nil {
			return err
		}
	}
	if p.more && p.indent > indent {
		return errNotPlain
	}
	return p.d.unique(at)
}

func (p *plainParser) sequence(at int, indent, depth int) error {
	var last int
	var err error
	for p.more && p.indent == indent && isItem(p.text) {
		rest := p.text[1:]
		skip := spaces(rest)
		rest = rest[skip:]
		switch {
		case len(rest) == 0 || rest[0] == '#':
			last, err = p.below(at, last, nil, indent, depth, false)
		case startsBlock(rest):
			p.indent, p.text = indent+1+skip, rest
			last, err = p.block(at, last, nil, p.line, depth+1)
		default:
			last, err = p.inline(at, last, nil, rest, indent)
		}
		if err != nil {
			return err
		}
	}
	if p.more && p.indent > indent {
		return errNotPlain
	}
	return nil
}

func startsBlock(text []byte) bool {
	if isItem(text) {
		return true
	}
	_, _, _, ok := splitKey(text)
	return ok
}

// below reads a value that stands on the lines under its key or dash. Under a
// key a sequence need not be indented.
func (p *plainParser) below(at, last int, key []byte, indent, depth int, underKey bool) (int, error) {
	line := p.line
	p.advance()
	if p.more && (p.indent > indent || underKey && p.indent == indent && isItem(p.text)) {
		if key == nil {
			line = p.line
		}
		return p.block(at, last, key, line, depth+1)
	}
	return p.d.add(at, last, node{key: key, line: line})
}

// splitKey splits "key: rest", or reports that text is not the start of an entry
// in plain style. rest is empty when only a comment follows.
func splitKey(text []byte) (key, rest []byte, plain, ok bool) {
	var end int
	if c := text[0]; c == '"' || c == '\'' {
		end = bytes.IndexByte(text[1:], c) + 2
		if end < 2 || bytes.IndexByte(text[:end], '\\') >= 0 {
			return nil, nil, false, false
		}
		key = text[1 : end-1]
	} else {
		for end < len(text) && keyByte(text[end]) {
			end++
		}
		if end == 0 || text[0] == '-' {
			return nil, nil, false, false
		}
		key, plain = text[:end], true
	}
	if end > 1000 || end >= len(text) || text[end] != ':' {
		return nil, nil, false, false
	}
	rest = text[end+1:]
	if len(rest) > 0 && rest[0] != ' ' {
		return nil, nil, false, false
	}
	rest = rest[spaces(rest):]
	if len(rest) > 0 && rest[0] == '#' {
		rest = nil
	}
	return key, rest, plain, true
}

func keyByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.' || c == '/'
}

// inline reads a value that stands behind its key or dash, and goes on to the
// next line. indent is that of the key or dash.
func (p *plainParser) inline(at, last int, key, rest []byte, indent int) (int, error) {
	n := node{key: key, line: p.line}
	switch tail, ok := n.readScalar(rest); {
	case !ok:
		return 0, errNotPlain
	case spaces(tail) < len(tail) && (tail[0] != ' ' || tail[spaces(tail)] != '#'):
		return 0, errNotPlain
	}
	p.advance()
	if p.more && p.indent > indent {
		return 0, errNotPlain // a scalar that goes on, or a mistake
	}
	return p.d.add(at, last, n)
}

// readScalar reads a scalar that ends on its line, or a collection without entries,
// and returns what follows it.
func (n *node) readScalar(in []byte) (tail []byte, ok bool) {
	var text []byte
	switch in[0] {
	case '"', '\'':
		n.kind = String
		n.val, tail, ok = quoted(in)
		return tail, ok
	case '{':
		n.kind = Map
		return bytes.CutPrefix(in, []byte("{}"))
	case '[':
		n.kind = List
		return bytes.CutPrefix(in, []byte("[]"))
	}
	text, tail, ok = unquoted(in)
	if ok {
		n.kind, n.val = resolve(text)
	}
	return tail, ok
}

func quoted(in []byte) (text, tail []byte, ok bool) {
	q := in[0]
	end := bytes.IndexByte(in[1:], q)
	if end < 0 {
		return nil, nil, false
	}
	text, tail = in[1:end+1], in[end+2:]
	escapes := q == '"' && bytes.IndexByte(text, '\\') >= 0 || q == '\'' && len(tail) > 0 && tail[0] == '\''
	return text, tail, !escapes
}

func unquoted(in []byte) (text, tail []byte, ok bool) {
	switch c := in[0]; {
	case keyByte(c) && c != '-', c == '+', c == '~', c == '<', c == '(', c == '^', c == '$':
	case c == '-' && len(in) > 1 && in[1] != ' ':
	default:
		return nil, nil, false
	}
	end := len(in)
	for i, c := range in {
		if c == '#' && in[i-1] == ' ' {
			end = i
			break
		}
		if c == ':' && (i+1 == len(in) || in[i+1] == ' ') {
			return nil, nil, false
		}
	}
	text = bytes.TrimRight(in[:end], " ")
	return text, in[len(text):], true
}
