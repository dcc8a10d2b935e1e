package tree

import "bytes"

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
