package kubeconfig

import (
	"fmt"
	"strings"
)

// maxDepth bounds nesting; a kubeconfig needs about ten levels.
const maxDepth = 64

// parser reads one YAML document into nodes that know their exact extent.
//
// What it understands without doubt is the simple subset: block and flow
// collections of one-line scalars. Anything more (block scalars, several-line
// scalars, escapes, tags, tabs) it marks exotic,
// and what reaches across the whole file (anchors) it marks in whole. check
// asks the yaml library and clientcmd about everything so marked.
type parser struct {
	src      string
	pos      int
	bol      int // where the line of pos starts
	depth    int
	whole    bool // something whose meaning is not local to an entry
	root     *node
	rootFlow bool
	slab     []node
	anchors  map[string]bool // those defined so far
}

// syntaxError is text that is not YAML or that this package does not edit.
type syntaxError struct {
	line int
	msg  string
}

func (e *syntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.msg) }

func (p *parser) errorf(format string, args ...any) error {
	return p.errorAt(p.pos, format, args...)
}

func (p *parser) errorAt(off int, format string, args ...any) error {
	return &syntaxError{line: lineOf(p.src, off), msg: fmt.Errorf(format, args...).Error()}
}

// node returns a fresh node; they are made many at a time.
func (p *parser) node(k kind, start int) *node {
	if len(p.slab) == 0 {
		p.slab = make([]node, 512)
	}
	n := &p.slab[0]
	p.slab = p.slab[1:]
	n.kind, n.outer, n.start, n.end = k, start, start, start
	return n
}

const bom = "\ufeff"

// parse reads src. The root is nil for a file without content.
func parse(src string) (*parser, error) {
	p := &parser{src: src}
	if strings.HasPrefix(src, bom) {
		p.pos = len(bom)
		p.bol = p.pos
	}
	if err := p.document(); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *parser) document() error {
	if err := p.gap(); err != nil {
		return err
	}
	if strings.HasPrefix(p.src[p.pos:], "%") {
		return p.errorf("a YAML directive is not supported in a kubeconfig")
	}
	if p.marker("---") {
		p.pos += 3
		if err := p.gap(); err != nil {
			return err
		}
	}
	if p.pos < len(p.src) && !p.marker("---") && !p.marker("...") {
		p.rootFlow = p.src[p.pos] == '{'
		root, err := p.blockNode(-1)
		if err != nil {
			return err
		}
		p.root = root
		if err := p.gap(); err != nil {
			return err
		}
	}
	if p.marker("...") {
		p.whole = true
		p.pos += 3
		if err := p.gap(); err != nil {
			return err
		}
	}
	switch {
	case p.marker("---"):
		return p.errorf("a second YAML document begins here; a kubeconfig has one")
	case p.pos < len(p.src):
		return p.errorf("unexpected text after the end of the mapping")
	}
	return nil
}

// marker reports whether a document marker stands at pos.
func (p *parser) marker(m string) bool {
	return p.pos == p.bol && strings.HasPrefix(p.src[p.pos:], m) && p.blankAt(p.pos+len(m))
}

// blankAt reports white space, a line break or the end of the file.
func (p *parser) blankAt(i int) bool {
	return i >= len(p.src) || p.src[i] == ' ' || p.src[i] == '\n' || p.src[i] == '\r' || p.src[i] == '\t'
}

// eolAt reports a line break or the end of the file.
func (p *parser) eolAt(i int) bool {
	return i >= len(p.src) || p.src[i] == '\n' || p.src[i] == '\r'
}

// gap goes on to the next token over white space, line breaks and comments.
func (p *parser) gap() error {
	for p.pos < len(p.src) {
		switch c := p.src[p.pos]; c {
		case ' ':
			p.pos++
		case '\t':
			p.whole = true
			p.pos++
		case '\n':
			p.pos++
			p.bol = p.pos
		case '\r':
			p.pos++ // the line feed follows, see loneReturn
		case '#':
			if p.pos > p.bol && !p.blankAt(p.pos-1) {
				return p.errorf("a comment needs a space before it")
			}
			p.comment()
		default:
			return nil
		}
	}
	return nil
}

// comment goes to the end of the line.
func (p *parser) comment() {
	n := strings.IndexByte(p.src[p.pos:], '\n')
	if n < 0 {
		n = len(p.src) - p.pos
	}
	text := strings.TrimSuffix(p.src[p.pos:p.pos+n], "\r")
	if !harmless(text) {
		p.whole = true // the library may see a line break or refuse a character
	}
	p.pos += n
}

// harmless reports text in which YAML sees no line break and no forbidden
// character.
func harmless(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		} else if c >= 0x80 {
			return harmlessRunes(s[i:])
		}
	}
	return true
}

func harmlessRunes(s string) bool {
	for _, r := range s {
		switch {
		case r < ' ' && r != '\t', r >= 0x7f && r < 0xa0, r == 0x2028, r == 0x2029,
			r == 0xfeff, r >= 0xfffd && r <= 0xffff:
			return false
		}
	}
	return true
}

// spaces goes over white space within the line.
func (p *parser) spaces() {
	for p.pos < len(p.src) && (p.src[p.pos] == ' ' || p.src[p.pos] == '\t') {
		if p.src[p.pos] == '\t' {
			p.whole = true
		}
		p.pos++
	}
}

// lineDone reports that nothing but a comment is left on the line.
func (p *parser) lineDone() bool {
	return p.eolAt(p.pos) || p.src[p.pos] == '#' && (p.pos == p.bol || p.blankAt(p.pos-1))
}
