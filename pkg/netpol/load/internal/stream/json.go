package stream

import (
	"fmt"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/tree"
)

// extent follows the brackets and strings of one JSON value.
type extent struct {
	depth       int
	quoted, esc bool
	at          int  // bytes seen
	word        int  // where the last string at depth 1 started
	key         int  // length of that string when a colon has followed it
	items       int  // where the entries of "items" begin; 0: not met
	split       bool // stop at items
}

// scan goes on over b, the value so far from its first byte, and reports whether
// the value is complete.
func (x *extent) scan(b []byte) bool {
	for ; x.at < len(b); x.at++ {
		c := b[x.at]
		if x.quoted {
			switch {
			case x.esc:
				x.esc = false
			case c == '\\':
				x.esc = true
			case c == '"':
				x.quoted = false
				if x.depth == 1 {
					x.key = x.at - x.word
				}
			}
			continue
		}
		switch c {
		case '"':
			x.quoted = true
			if x.depth == 1 {
				x.word = x.at + 1
			}
		case '[', '{':
			if x.depth == 1 && c == '[' && x.items == 0 && string(b[x.word:x.word+x.key]) == "items" {
				x.items = x.at + 1
				if x.split {
					return false
				}
			}
			x.depth++
		case ']', '}':
			if x.depth--; x.depth == 0 {
				x.at++
				return true
			}
		}
	}
	return false
}

// json reads a JSON value, which starts within the white space at pos.
func (r *Reader) json() (Chunk, error) {
	x := extent{split: r.Split && r.list == nil}
	for !x.scan(r.buf[r.pos:]) {
		if x.items > 0 && r.list == nil && (x.split || x.at > splitAt) {
			header := append([]byte{}, r.buf[r.pos:r.pos+x.items]...)
			r.list = &list{json: true, header: header, line: r.line}
			r.consume(x.items)
			return r.list.next(r)
		}
		if x.at > tree.MaxBytes {
			return Chunk{}, r.tooLong()
		}
		more, err := r.fill()
		if err != nil {
			return Chunk{}, err
		}
		if !more {
			return Chunk{}, r.cut()
		}
	}
	line := r.line
	return Chunk{Data: r.consume(x.at), Line: line, JSON: true}, nil
}

func (r *Reader) cut() error {
	lines := 0
	for _, c := range r.buf[r.pos:] {
		if c == '\n' {
			lines++
		}
	}
	return &tree.SyntaxError{Line: r.line + lines, Msg: "the document ends in the middle of a value"}
}

// list is a list whose entries are given out one by one.
type list struct {
	json   bool
	header []byte // the list up to its entries
	line   int    // of the header
	indent int    // of the entries, in YAML
	// started: the first entry has been given out
	started bool
}

func (l *list) next(r *Reader) (Chunk, error) {
	if !l.json {
		return l.nextYAML(r)
	}
	for {
		for r.pos < len(r.buf) && (isSpace(r.buf[r.pos]) || r.buf[r.pos] == ',') {
			r.consume(1)
		}
		if r.pos < len(r.buf) {
			break
		}
		more, err := r.fill()
		if err != nil {
			return Chunk{}, err
		}
		if !more {
			return Chunk{}, r.cut()
		}
	}
	switch c := r.buf[r.pos]; c {
	case '{':
		c, err := r.json()
		c.Item = true
		if !l.started {
			c.Header, l.started = l.header, true
		}
		return c, err
	case ']':
		return l.end(r)
	default:
		return Chunk{}, &tree.SyntaxError{Line: r.line, Msg: fmt.Sprintf("an entry of items starts with %q; want an object", c)}
	}
}

// end reads what follows the entries and gives out the list without them.
func (l *list) end(r *Reader) (Chunk, error) {
	x := extent{depth: 2}
	for !x.scan(r.buf[r.pos:]) {
		if x.at > splitAt {
			return Chunk{}, r.tooLong()
		}
		more, err := r.fill()
		if err != nil {
			return Chunk{}, err
		}
		if !more {
			return Chunk{}, r.cut()
		}
	}
	r.list = nil
	return Chunk{Data: append(l.header, r.consume(x.at)...), Line: l.line, JSON: true, List: true}, nil
}
