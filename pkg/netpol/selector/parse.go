package selector

import (
	"fmt"
	"strings"
)

// Error is a text that is not a selector.
type Error struct {
	Column int // in bytes, counted from 1
	Msg    string
}

func (e *Error) Error() string { return fmt.Sprintf("column %d: %s", e.Column, e.Msg) }

// Bounds: a label's key as Calico bounds it, and how deep parentheses may nest.
const (
	maxKey   = 512
	maxDepth = 1000
)

// Parse reads a selector. The empty text selects everything. The error is an
// *Error.
func Parse(text string) (*Expr, error) {
	p := &parser{in: text}
	p.next()
	if p.err == nil && p.kind == end {
		return &Expr{Op: All}, nil
	}
	e := p.or(0)
	if p.kind != end {
		p.fail("want &&, || or the end, not %s", p.seen())
	}
	if p.err != nil {
		return nil, p.err
	}
	return &e, nil
}

// parser reads one token ahead. After an error every token is the end.
type parser struct {
	in    string
	pos   int // behind the token
	start int // of the token
	kind  token
	text  string // of a label, a string, or has()
	err   *Error
}

func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = &Error{Column: p.start + 1, Msg: fmt.Sprintf(format, args...)}
	}
	p.kind, p.pos = end, len(p.in)
}

// seen names the token for a message.
func (p *parser) seen() string {
	if p.kind == end {
		return "the end"
	}
	word := strings.TrimSpace(p.in[p.start:p.pos])
	if len(word) > 40 {
		word = word[:40] + "…"
	}
	return fmt.Sprintf("%q", word)
}

// or reads terms joined by ||, which binds least.
func (p *parser) or(depth int) Expr {
	list := []Expr{p.and(depth)}
	for p.kind == either {
		p.next()
		list = append(list, p.and(depth))
	}
	if len(list) == 1 {
		return list[0]
	}
	return Expr{Op: Or, Of: list}
}

func (p *parser) and(depth int) Expr {
	list := []Expr{p.operation(depth)}
	for p.kind == both {
		p.next()
		list = append(list, p.operation(depth))
	}
	if len(list) == 1 {
		return list[0]
	}
	return Expr{Op: And, Of: list}
}

func (p *parser) operation(depth int) Expr {
	negated := false
	for ; p.kind == not; p.next() {
		negated = !negated
	}
	e := p.plain(depth)
	if negated {
		return Negate(e)
	}
	return e
}

func (p *parser) plain(depth int) Expr {
	var e Expr
	switch p.kind {
	case has:
		e = Expr{Op: Has, Key: p.text}
	case all:
		e = Expr{Op: All}
	case global:
		e = Expr{Op: Global}
	case label:
		return p.comparison()
	case open:
		if depth == maxDepth {
			p.fail("parentheses are nested more than %d deep", maxDepth)
			return e
		}
		p.next()
		e = p.or(depth + 1)
		if p.kind != closing {
			p.fail("want ), not %s", p.seen())
		}
	default:
		p.fail("want a label, has(), all() or a parenthesis, not %s", p.seen())
	}
	p.next()
	return e
}

// comparison reads a label, an operator and what it is compared with.
func (p *parser) comparison() Expr {
	key := p.text
	p.next()
	op := p.kind
	switch op {
	case equal, unequal, contains, starts, ends:
		p.next()
		if p.kind != literal {
			p.fail("want a text in quotes, not %s", p.seen())
			return Expr{}
		}
		value := p.text
		p.next()
		return compare(op, key, value)
	case in, notIn:
		p.next()
		e := Equals(key, p.set()...)
		if op == notIn {
			return Negate(e)
		}
		return e
	}
	p.fail("want an operator behind the label %q, not %s", key, p.seen())
	return Expr{}
}

func compare(op token, key, value string) Expr {
	switch op {
	case unequal:
		return Negate(Equals(key, value))
	case contains:
		return Expr{Op: Contains, Key: key, Values: []string{value}}
	case starts:
		return Expr{Op: StartsWith, Key: key, Values: []string{value}}
	case ends:
		return Expr{Op: EndsWith, Key: key, Values: []string{value}}
	}
	return Equals(key, value)
}

// set reads {"a", "b"}, which may be empty and may end in a comma.
func (p *parser) set() []string {
	if p.kind != openSet {
		p.fail("want { and a list of texts, not %s", p.seen())
		return nil
	}
	var values []string
	for p.next(); p.kind == literal; p.next() {
		values = append(values, p.text)
		if p.next(); p.kind != comma {
			break
		}
	}
	if p.kind != closeSet {
		p.fail("want }, not %s", p.seen())
	}
	p.next()
	return values
}
