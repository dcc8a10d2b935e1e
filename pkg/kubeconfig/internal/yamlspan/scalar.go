package yamlspan

import "strings"

// properties goes over an anchor and a tag, in any order, and returns where
// they began (pos when there is neither).
func (p *parser) properties() (outer int, tagged bool, err error) {
	outer = p.pos
	for p.byte() == '&' || p.byte() == '!' {
		start := p.pos
		tagged = tagged || p.byte() == '!'
		p.doc.Global = true // a tag may change what kind of value this is
		for !p.blankAt(p.pos) {
			if strings.IndexByte(",[]{}", p.src[p.pos]) >= 0 {
				return 0, false, p.errorf("an anchor or tag with brackets is not supported in a kubeconfig")
			}
			p.pos++
		}
		if p.src[start] == '&' {
			p.anchor(p.src[start+1 : p.pos])
		}
		p.spaces()
	}
	return outer, tagged, nil
}

func (p *parser) anchor(name string) {
	if p.anchors == nil {
		p.anchors = map[string]bool{}
	}
	p.anchors[name] = true
}

func (p *parser) aliasNode() (*Node, error) {
	n := p.newNode(alias, p.pos)
	p.doc.Global = true
	for !p.blankAt(p.pos) && strings.IndexByte(",[]{}", p.src[p.pos]) < 0 {
		p.pos++
	}
	n.End = p.pos
	if name := p.src[n.Start+1 : n.End]; !p.anchors[name] {
		return nil, p.doc.ErrorAt(n.Start, "there is no anchor %q before this alias", name)
	}
	return n, nil
}

// plainStart reports whether a plain scalar can begin at i.
func plainStart(src string, i int, flow bool) bool {
	if i >= len(src) {
		return false
	}
	switch c := src[i]; c {
	case ' ', '\t', '\n', '\r', ',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`':
		return false
	case '-', '?', ':':
		if i+1 >= len(src) {
			return false
		}
		switch d := src[i+1]; d {
		case ' ', '\t', '\n', '\r':
			return false
		case ',', '[', ']', '{', '}':
			return !flow
		}
	}
	return true
}

// plainLine reads a plain scalar up to the end of the line, a comment, a colon
// that ends a key or, in flow context, an indicator.
func (p *parser) plainLine(flow bool) *Node {
	n := p.newNode(Scalar, p.pos)
	rest := p.src[p.pos:]
	if i := strings.IndexByte(rest, '\n'); i >= 0 {
		rest = rest[:i]
	}
	end := plainEnd(rest, flow)
	for end > 0 && isBlank(rest[end-1]) {
		end--
	}
	text := rest[:end]
	if strings.IndexByte(text, '\r') >= 0 || strings.IndexByte(text, '\t') >= 0 {
		n.coded, p.doc.Global = true, true
	}
	p.pos += len(text)
	n.End = p.pos
	return n
}

// plainEnd returns how much of line, which starts with a plain scalar, is it.
func plainEnd(line string, flow bool) int {
	if !flow && strings.IndexByte(line, ' ') < 0 && strings.IndexByte(line, '\t') < 0 {
		// Long lines of base64 take this way.
		if trimmed := strings.TrimSuffix(line, "\r"); strings.HasSuffix(trimmed, ":") {
			return len(trimmed) - 1
		}
		return len(line)
	}
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == ':' && (i+1 == len(line) || isBlank(line[i+1]) || flow && isFlowMark(line[i+1])):
			return i
		case c == '#' && i > 0 && (line[i-1] == ' ' || line[i-1] == '\t'):
			return i
		case flow && isFlowMark(c):
			return i
		}
	}
	return len(line)
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func isFlowMark(c byte) bool { return c == ',' || c == '[' || c == ']' || c == '{' || c == '}' }

// plainLines reads a plain scalar that may go on over lines indented deeper
// than parent.
func (p *parser) plainLines(parent int) (*Node, error) {
	n := p.plainLine(false)
	for {
		pos, bol := p.pos, p.bol
		p.spaces()
		if p.byte() == ':' {
			return nil, p.errorf("a second key on one line")
		}
		if p.lineDone() && !p.eolAt(p.pos) {
			return n, nil // a comment ends it
		}
		for p.pos < len(p.src) && isBlank(p.src[p.pos]) {
			if p.src[p.pos] == '\n' {
				p.bol = p.pos + 1
			}
			p.pos++
		}
		if p.pos >= len(p.src) || p.pos-p.bol <= parent || p.byte() == '#' || p.marker("---") || p.marker("...") {
			p.pos, p.bol = pos, bol
			return n, nil
		}
		n.coded = true
		more := p.plainLine(false)
		if more.End == more.Start {
			return nil, p.errorf("unexpected %q in a scalar", string(rune(p.byte())))
		}
		n.End = more.End
	}
}

// quoted reads a quoted scalar.
func (p *parser) quoted() (*Node, error) {
	n := p.newNode(Scalar, p.pos)
	quote := p.src[p.pos]
	n.Style = doubleQuoted
	if quote == '\'' {
		n.Style = singleQuoted
	}
	for i := p.pos + 1; i < len(p.src); i++ {
		switch c := p.src[i]; {
		case c == '\\' && quote == '"':
			n.coded = true
			i++
			if i < len(p.src) && (p.src[i] == '\n' || p.src[i] == '\r') {
				p.bol = i + 1
			}
		case c == quote && quote == '\'' && i+1 < len(p.src) && p.src[i+1] == '\'':
			n.coded = true
			i++
		case c == quote:
			p.pos = i + 1
			n.End = p.pos
			return n, nil
		case c == '\n':
			n.coded, p.doc.Global = true, true
			p.bol = i + 1
		case c < ' ' || c >= 0x7f:
			n.coded = true
		}
	}
	return nil, p.doc.ErrorAt(n.Start, "a quote that is never closed")
}

// blockScalar reads a literal or folded scalar; parent is the column of the
// collection around it.
func (p *parser) blockScalar(parent int) (*Node, error) {
	n := p.newNode(Scalar, p.pos)
	n.Style, n.coded = Block, true
	indent := 0 // 0: as the first line with text has it
	p.pos++
	for ; !p.blankAt(p.pos); p.pos++ {
		switch c := p.src[p.pos]; {
		case c >= '1' && c <= '9':
			indent = max(parent, 0) + int(c-'0')
		case c != '+' && c != '-':
			return nil, p.errorf("unexpected %q after a block scalar's mark", string(rune(c)))
		}
	}
	p.spaces()
	if !p.lineDone() {
		return nil, p.errorf("unexpected text after a block scalar's mark")
	}
	n.End = p.pos
	for n.End > n.Start && (isBlank(p.src[n.End-1])) {
		n.End--
	}
	p.blockLines(n, indent, parent)
	return n, nil
}

// blockLines reads the lines of a block scalar, up to the first that is
// indented less than indent.
func (p *parser) blockLines(n *Node, indent, parent int) {
	for {
		nl := strings.IndexByte(p.src[p.pos:], '\n')
		if nl < 0 {
			p.pos = len(p.src)
			return
		}
		line := p.src[p.pos+nl+1:]
		if end := strings.IndexByte(line, '\n'); end >= 0 {
			line = line[:end]
		}
		body := strings.TrimLeft(line, " ")
		at := len(line) - len(body)
		text := strings.TrimRight(line, " \t\r")
		if text != "" || indent > 0 && at >= indent {
			if indent == 0 && text != "" {
				indent = max(at, parent+1, 1)
			}
			if at < indent {
				p.pos += nl // the break before the line that is not ours
				return
			}
			if text != "" {
				n.End = p.pos + nl + 1 + len(text)
			}
		}
		p.pos += nl + 1
		p.bol = p.pos
	}
}
