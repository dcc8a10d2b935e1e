package tree

import (
	"bytes"
	"errors"
	"fmt"
)

// errNotPlain sends a document to the complete YAML parser: it is either not in
// the plain style or not YAML at all, and only that parser can tell.
var errNotPlain = errors.New("not in plain style")

// plainParser reads block mappings and sequences line by line, with scalars and
// flow collections that end on their own line. Whatever it is not certain about
// it leaves to the complete parser; what it accepts, it reads the same way.
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
			last, err = p.inline(at, last, key, rest, indent, depth)
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
			last, err = p.inline(at, last, nil, rest, indent, depth)
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
func (p *plainParser) inline(at, last int, key, rest []byte, indent, depth int) (int, error) {
	line := p.line
	if rest[0] == '|' {
		text, err := p.literal(rest, indent)
		if err != nil {
			return 0, err
		}
		return p.d.add(at, last, node{key: key, line: line, kind: String, val: text})
	}
	f := flow{d: p.d, in: rest, line: line}
	last, err := f.value(at, last, key, depth, blockEnd)
	if err != nil {
		return 0, err
	}
	tail := f.in[spaces(f.in):]
	if len(tail) > 0 && (tail[0] != '#' || len(tail) == len(f.in)) {
		return 0, errNotPlain
	}
	p.advance()
	if p.more && p.indent > indent {
		return 0, errNotPlain // a scalar that goes on, or a mistake
	}
	return last, nil
}

// literal reads a block scalar introduced by | or |- whose first line has text.
func (p *plainParser) literal(header []byte, indent int) ([]byte, error) {
	strip := string(header) == "|-"
	if !strip && string(header) != "|" {
		return nil, errNotPlain
	}
	start, margin, end := len(p.d.scratch), -1, 0
	for p.pos < len(p.data) {
		pos := p.pos
		raw := p.rawLine()
		n := spaces(raw)
		blank := n == len(raw)
		if margin < 0 && !blank {
			margin = n
		}
		switch {
		case margin <= indent, blank && n > margin:
			return nil, errNotPlain
		case blank:
			raw = nil
		case n <= indent:
			p.pos = pos
		case n < margin:
			return nil, errNotPlain
		default:
			raw = raw[margin:]
		}
		if p.pos == pos {
			break
		}
		p.line++
		p.d.scratch = append(append(p.d.scratch, raw...), '\n')
		if !blank {
			end = len(p.d.scratch)
		}
	}
	if end == 0 || p.data[p.pos-1] != '\n' {
		return nil, errNotPlain
	}
	if strip {
		end--
	}
	p.advance()
	return p.d.scratch[start:end:end], nil
}

// flow reads a scalar or a flow collection that ends on its line.
type flow struct {
	d    *Doc
	in   []byte // what is left of the line
	line int
}

// stops says which characters end an unquoted scalar besides ": " and " #".
type stops string

const (
	blockEnd stops = ""
	flowEnd  stops = ",[]{}"
)

func (f *flow) value(parent, last int, key []byte, depth int, end stops) (int, error) {
	n := node{key: key, line: f.line}
	switch c := f.in[0]; c {
	case '{', '[':
		return f.collection(parent, last, n, depth+1)
	case '"', '\'':
		text, ok := f.quoted()
		if !ok {
			return 0, errNotPlain
		}
		n.kind, n.val = String, text
	default:
		text, ok := f.plain(end)
		if !ok {
			return 0, errNotPlain
		}
		n.kind, n.val = resolve(text)
	}
	return f.d.add(parent, last, n)
}

func (f *flow) quoted() ([]byte, bool) {
	q := f.in[0]
	end := bytes.IndexByte(f.in[1:], q)
	if end < 0 {
		return nil, false
	}
	text, rest := f.in[1:end+1], f.in[end+2:]
	if q == '"' && bytes.IndexByte(text, '\\') >= 0 || q == '\'' && len(rest) > 0 && rest[0] == '\'' {
		return nil, false
	}
	f.in = rest
	return text, true
}

// plain reads an unquoted scalar.
func (f *flow) plain(end stops) ([]byte, bool) {
	in := f.in
	switch c := in[0]; {
	case keyByte(c) && c != '-', c == '+', c == '~', c == '<', c == '(', c == '^', c == '$':
	case c == '-' && len(in) > 1 && in[1] != ' ' && end == blockEnd:
	default:
		return nil, false
	}
	i := 0
	for ; i < len(in); i++ {
		c := in[i]
		if c == '#' && in[i-1] == ' ' {
			break
		}
		if c == ':' && (end == flowEnd || i+1 == len(in) || in[i+1] == ' ') {
			return nil, false
		}
		if end == flowEnd && bytes.IndexByte([]byte(flowEnd), c) >= 0 {
			break
		}
		if end == flowEnd && (c == '?' || c == '"' || c == '\'') {
			return nil, false
		}
	}
	text := bytes.TrimRight(in[:i], " ")
	f.in = in[len(text):]
	return text, true
}

// collection reads {…} or […]; keys are plain or quoted and followed by ": ".
func (f *flow) collection(parent, last int, n node, depth int) (int, error) {
	if depth > MaxDepth/2 {
		return 0, errNotPlain
	}
	closing := byte(']')
	n.kind = List
	if f.in[0] == '{' {
		n.kind, closing = Map, '}'
	}
	at, err := f.d.add(parent, last, n)
	if err != nil {
		return 0, err
	}
	f.in = f.in[1:]
	f.space()
	last = 0
	for f.next() != closing {
		if f.next() == 0 {
			return 0, errNotPlain
		}
		var key []byte
		if n.kind == Map {
			raw, rest, plain, ok := splitKey(f.in)
			if !ok || len(rest) == 0 {
				return 0, errNotPlain
			}
			if key, err = keyText(raw, plain, f.line); err != nil {
				return 0, err
			}
			f.in = f.in[len(f.in)-len(rest):]
		}
		if last, err = f.value(at, last, key, depth, flowEnd); err != nil {
			return 0, err
		}
		f.space()
		switch f.next() {
		case ',':
			f.in = f.in[1:]
			f.space()
		case closing:
		default:
			return 0, errNotPlain
		}
	}
	f.in = f.in[1:]
	if n.kind == List {
		return at, nil
	}
	return at, f.d.unique(at)
}

func (f *flow) space() { f.in = f.in[spaces(f.in):] }

func (f *flow) next() byte {
	if len(f.in) == 0 {
		return 0
	}
	return f.in[0]
}
