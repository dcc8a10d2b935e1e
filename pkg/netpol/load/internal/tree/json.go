package tree

import (
	"bytes"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// ParseJSON reads one JSON value. Lines are counted from line.
func (d *Doc) ParseJSON(data []byte, line int) (Node, error) {
	d.reset()
	if len(data) > MaxBytes {
		return Node{}, tooLong(line)
	}
	if !utf8.Valid(data) {
		return Node{}, &SyntaxError{line + lineOfInvalid(data), "the text is not UTF-8"}
	}
	p := jsonParser{d: d, data: data, line: line}
	at, err := p.value(0, 0, nil, 0)
	if err != nil {
		return Node{}, err
	}
	p.space()
	if p.pos != len(data) {
		return Node{}, p.fail("something follows the end of the object")
	}
	return Node{d, at}, nil
}

func tooLong(line int) error {
	return &SyntaxError{line, fmt.Sprintf("the document is longer than %d MiB, more than an API server accepts", MaxBytes>>20)}
}

func lineOfInvalid(data []byte) int {
	lines := 0
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		if r == utf8.RuneError && n == 1 {
			break
		}
		if r == '\n' {
			lines++
		}
		data = data[n:]
	}
	return lines
}

type jsonParser struct {
	d    *Doc
	data []byte
	pos  int
	line int
}

func (p *jsonParser) fail(msg string) error { return &SyntaxError{p.line, msg} }

func (p *jsonParser) space() {
	for p.pos < len(p.data) {
		switch p.data[p.pos] {
		case '\n':
			p.line++
		case ' ', '\t', '\r':
		default:
			return
		}
		p.pos++
	}
}

// peek skips white space and returns the next byte, 0 at the end.
func (p *jsonParser) peek() byte {
	p.space()
	if p.pos == len(p.data) {
		return 0
	}
	return p.data[p.pos]
}

func (p *jsonParser) value(parent, last int, key []byte, depth int) (int, error) {
	if depth > MaxDepth {
		return 0, p.fail(fmt.Sprintf("values are nested more than %d deep", MaxDepth))
	}
	c := p.peek()
	n := node{key: key, line: p.line}
	switch c {
	case '{', '[':
		n.kind = Map
		if c == '[' {
			n.kind = List
		}
		at, err := p.d.add(parent, last, n)
		if err != nil {
			return 0, err
		}
		p.pos++
		return at, p.entries(at, n.kind == Map, depth+1)
	case '"':
		s, err := p.str()
		if err != nil {
			return 0, err
		}
		n.kind, n.val = String, s
	default:
		if err := p.literal(&n); err != nil {
			return 0, err
		}
	}
	return p.d.add(parent, last, n)
}

// entries reads what stands between the brackets of a mapping or list.
func (p *jsonParser) entries(parent int, mapping bool, depth int) error {
	end := byte(']')
	if mapping {
		end = '}'
	}
	if p.peek() == end {
		p.pos++
		return nil
	}
	var last int
	for {
		var key []byte
		if mapping {
			if p.peek() != '"' {
				return p.fail("a key in quotes is missing")
			}
			var err error
			if key, err = p.str(); err != nil {
				return err
			}
			if p.peek() != ':' {
				return p.fail(fmt.Sprintf("a colon is missing after %q", key))
			}
			p.pos++
		}
		var err error
		if last, err = p.value(parent, last, key, depth); err != nil {
			return err
		}
		switch p.peek() {
		case ',':
			p.pos++
		case end:
			p.pos++
			if mapping {
				return p.d.unique(parent)
			}
			return nil
		case 0:
			return p.fail("the document ends in the middle of a value")
		default:
			return p.fail(fmt.Sprintf("%q where a comma or %q belongs", p.data[p.pos], end))
		}
	}
}

func (p *jsonParser) literal(n *node) error {
	start := p.pos
	for p.pos < len(p.data) && isLiteralByte(p.data[p.pos]) {
		p.pos++
	}
	word := p.data[start:p.pos]
	switch string(word) {
	case "null":
		n.kind = Null
	case "true", "false":
		n.kind, n.val = Bool, word
	default:
		kind, ok := jsonNumber(word)
		if !ok {
			if len(word) == 0 && p.pos == len(p.data) {
				return p.fail("the document ends in the middle of a value")
			}
			if len(word) == 0 {
				word = p.data[p.pos : p.pos+1]
			}
			return p.fail(fmt.Sprintf("%q is not a JSON value", shorten(word)))
		}
		n.kind, n.val = kind, word
	}
	return nil
}

func isLiteralByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '+' || c == '-' || c == '.'
}

// jsonNumber checks the number grammar of RFC 8259.
func jsonNumber(b []byte) (Kind, bool) {
	b = bytes.TrimPrefix(b, []byte("-"))
	rest := digits(b)
	if len(rest) == len(b) || b[0] == '0' && len(b)-len(rest) > 1 {
		return 0, false
	}
	kind := Int
	if len(rest) > 0 && rest[0] == '.' {
		kind = Float
		frac := digits(rest[1:])
		if len(frac) == len(rest)-1 {
			return 0, false
		}
		rest = frac
	}
	if len(rest) > 0 && (rest[0] == 'e' || rest[0] == 'E') {
		kind = Float
		exp := rest[1:]
		if len(exp) > 0 && (exp[0] == '+' || exp[0] == '-') {
			exp = exp[1:]
		}
		if rest = digits(exp); len(rest) == len(exp) {
			return 0, false
		}
	}
	return kind, len(rest) == 0
}

func digits(b []byte) []byte {
	for len(b) > 0 && b[0] >= '0' && b[0] <= '9' {
		b = b[1:]
	}
	return b
}

func shorten(b []byte) []byte {
	if len(b) > 40 {
		return append(bytes.Clone(b[:40]), "..."...)
	}
	return b
}

// str reads a string in double quotes; the quote is the next byte.
func (p *jsonParser) str() ([]byte, error) {
	p.pos++
	start := p.pos
	for i := p.pos; i < len(p.data); i++ {
		switch c := p.data[i]; {
		case c == '"':
			p.pos = i + 1
			return p.data[start:i:i], nil
		case c == '\\':
			return p.escaped(start)
		case c < ' ':
			return nil, p.fail("a control character inside a string")
		}
	}
	return nil, p.fail("a string has no closing quote")
}

// escaped reads a string that holds escapes, into the document's memory.
func (p *jsonParser) escaped(start int) ([]byte, error) {
	d, mark := p.d, len(p.d.scratch)
	for i := start; i < len(p.data); {
		c := p.data[i]
		switch {
		case c == '"':
			p.pos = i + 1
			return d.scratch[mark:len(d.scratch):len(d.scratch)], nil
		case c < ' ':
			return nil, p.fail("a control character inside a string")
		case c != '\\':
			d.scratch = append(d.scratch, c)
			i++
		default:
			n, err := p.escape(i + 1)
			if err != nil {
				return nil, err
			}
			i = n
		}
	}
	return nil, p.fail("a string has no closing quote")
}

const (
	escapeCodes  = `"\/bfnrt`
	escapeValues = "\"\\/\b\f\n\r\t"
)

// escape reads one escape behind its backslash and returns what follows it.
func (p *jsonParser) escape(i int) (int, error) {
	if i < len(p.data) {
		if k := bytes.IndexByte([]byte(escapeCodes), p.data[i]); k >= 0 {
			p.d.scratch = append(p.d.scratch, escapeValues[k])
			return i + 1, nil
		}
		if r, ok := hex4(p.data, i); ok {
			i += 5
			if utf16.IsSurrogate(r) {
				var low rune
				if i+1 < len(p.data) && p.data[i] == '\\' {
					low, _ = hex4(p.data, i+1)
				}
				if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
					i += 6
				}
			}
			p.d.scratch = utf8.AppendRune(p.d.scratch, r)
			return i, nil
		}
	}
	return 0, p.fail("an escape inside a string is not one of JSON's")
}

// hex4 reads u and four hexadecimal digits at i.
func hex4(data []byte, i int) (rune, bool) {
	if i+5 > len(data) || data[i] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range data[i+1 : i+5] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
