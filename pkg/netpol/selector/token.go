package selector

import "strings"

// token is a kind of word.
type token uint8

const (
	end token = iota
	label
	literal
	has
	all
	global
	open
	closing
	openSet
	closeSet
	comma
	equal
	unequal
	not
	both
	either
	in
	notIn
	contains
	starts
	ends
)

// blanks are what may stand between words; a line break may not.
const blanks = " \t"

// marks are the words that need no looking around, the longer first.
func marks() []struct {
	text string
	kind token
} {
	return []struct {
		text string
		kind token
	}{
		{"==", equal}, {"!=", unequal}, {"&&", both}, {"||", either},
		{"!", not}, {"(", open}, {")", closing}, {"{", openSet}, {"}", closeSet}, {",", comma},
	}
}

// next reads the next word.
func (p *parser) next() {
	if p.err != nil {
		return
	}
	before := p.kind
	p.pos = len(p.in) - len(strings.TrimLeft(p.in[p.pos:], blanks))
	p.start, p.text = p.pos, ""
	rest := p.in[p.pos:]
	if rest == "" {
		p.kind = end
		return
	}
	for _, m := range marks() {
		if strings.HasPrefix(rest, m.text) {
			p.setToken(m.kind, len(m.text))
			return
		}
	}
	switch {
	case rest[0] == '"' || rest[0] == '\'':
		p.quoted(rest)
	case before == label:
		p.operator(rest)
	default:
		p.word(rest)
	}
}

func (p *parser) setToken(kind token, n int) { p.kind, p.pos = kind, p.pos+n }

// quoted reads a text in quotes of either kind, within which nothing is special.
func (p *parser) quoted(rest string) {
	n := strings.IndexByte(rest[1:], rest[0])
	if n < 0 {
		p.fail("the text has no end: a quote is missing")
		return
	}
	p.setToken(literal, n+2)
	p.text = rest[1 : n+1]
}

// operator reads a word behind a label. It need not be set off from what follows.
func (p *parser) operator(rest string) {
	for _, o := range []struct {
		first, second string
		kind          token
	}{{"contains", "", contains}, {"starts", "with", starts}, {"ends", "with", ends}, {"not", "in", notIn}, {"in", "", in}} {
		tail, ok := strings.CutPrefix(rest, o.first)
		if !ok {
			continue
		}
		if o.second != "" {
			if tail, ok = strings.CutPrefix(strings.TrimLeft(tail, blanks), o.second); !ok {
				break
			}
		}
		p.setToken(o.kind, len(rest)-len(tail))
		return
	}
	p.fail("want an operator behind a label: ==, !=, in, not in, contains, starts with or ends with")
}

// word reads a label or a call.
func (p *parser) word(rest string) {
	for name, kind := range map[string]token{"has(": has, "all(": all, "global(": global} {
		if tail, ok := strings.CutPrefix(rest, name); ok {
			p.call(kind, rest, strings.TrimLeft(tail, blanks))
			return
		}
	}
	n := keyLen(rest)
	switch {
	case n == 0:
		p.fail("unexpected character %q", rest[:1])
	case n > maxKey:
		p.fail("the label is longer than %d characters", maxKey)
	default:
		p.setToken(label, n)
		p.text = rest[:n]
	}
}

func (p *parser) call(kind token, rest, tail string) {
	if kind == has {
		n := keyLen(tail)
		if n == 0 || n > maxKey {
			p.fail("want the name of a label in has()")
			return
		}
		p.text, tail = tail[:n], strings.TrimLeft(tail[n:], blanks)
	}
	if !strings.HasPrefix(tail, ")") {
		p.fail("want ) behind %q", strings.TrimRight(rest[:len(rest)-len(tail)], blanks))
		return
	}
	p.setToken(kind, len(rest)-len(tail)+1)
}

// keyLen returns how long a label's key the text begins with.
func keyLen(s string) int {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '.', c == '/', c == '-':
		default:
			return i
		}
	}
	return len(s)
}
