package yamlspan

import "strings"

// maxDepth bounds nesting; a kubeconfig needs about ten levels.
const maxDepth = 64

// parser reads one YAML document. What it does not read for sure (a second
// document, directives, keys marked with "?") it refuses.
type parser struct {
	doc     *Document
	src     string
	pos     int
	bol     int // where the line of pos starts
	depth   int
	slab    []Node
	anchors map[string]bool // those defined so far
}

func (p *parser) errorf(format string, args ...any) error {
	return p.doc.ErrorAt(p.pos, format, args...)
}

// newNode returns a fresh node; they are made many at a time.
func (p *parser) newNode(k Kind, start int) *Node {
	if len(p.slab) == 0 {
		p.slab = make([]Node, 512)
	}
	n := &p.slab[0]
	p.slab = p.slab[1:]
	n.doc, n.Kind, n.Outer, n.Start, n.End = p.doc, k, start, start, start
	return n
}

// byte returns the byte at pos, 0 at the end.
func (p *parser) byte() byte {
	if p.pos >= len(p.src) {
		return 0
	}
	return p.src[p.pos]
}

// marker reports whether a document marker stands at pos.
func (p *parser) marker(m string) bool {
	return p.pos == p.bol && strings.HasPrefix(p.src[p.pos:], m) && p.blankAt(p.pos+len(m))
}

// blankAt reports whether white space, a line break or the end of the file is at i.
func (p *parser) blankAt(i int) bool {
	return i >= len(p.src) || p.src[i] == ' ' || p.src[i] == '\n' || p.src[i] == '\r' || p.src[i] == '\t'
}

// eolAt reports whether a line break or the end of the file is at i.
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
			p.doc.Global = true
			p.pos++
		case '\n':
			p.pos++
			p.bol = p.pos
		case '\r':
			p.pos++ // the line feed follows, see checkCharacters
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
	if !isHarmless(text) {
		p.doc.Global = true // the library may see a line break or refuse a character
	}
	p.pos += n
}

// spaces goes over white space within the line.
func (p *parser) spaces() {
	for p.pos < len(p.src) && (p.src[p.pos] == ' ' || p.src[p.pos] == '\t') {
		if p.src[p.pos] == '\t' {
			p.doc.Global = true
		}
		p.pos++
	}
}

// lineDone reports whether nothing but a comment is left on the line.
func (p *parser) lineDone() bool {
	return p.eolAt(p.pos) || p.src[p.pos] == '#' && (p.pos == p.bol || p.blankAt(p.pos-1))
}
