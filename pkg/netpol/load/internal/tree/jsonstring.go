package tree

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

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
