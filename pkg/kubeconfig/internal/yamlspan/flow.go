package yamlspan

// flow reads a collection in brackets or braces; JSON is this and nothing else.
func (p *parser) flow() (*Node, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, p.errorf("nested too deeply")
	}
	defer func() { p.depth-- }()
	n := p.newNode(Sequence, p.pos)
	n.Flow = true
	var closing byte = ']'
	if p.src[p.pos] == '{' {
		n.Kind, closing = Mapping, '}'
	}
	p.pos++
	var seen keySet
	for {
		if err := p.flowGap(); err != nil {
			return nil, err
		}
		if p.byte() == closing {
			p.pos++
			n.End = p.pos
			return n, nil
		}
		if err := p.flowItem(n, &seen); err != nil {
			return nil, err
		}
		if err := p.flowGap(); err != nil {
			return nil, err
		}
		switch p.byte() {
		case ',':
			p.pos++
		case closing:
		default:
			if p.pos >= len(p.src) {
				return nil, p.doc.ErrorAt(n.Start, "a bracket that is never closed")
			}
			return nil, p.errorf("expected a comma or %q", string(rune(closing)))
		}
	}
}

// flowGap is gap within brackets.
func (p *parser) flowGap() error {
	if err := p.gap(); err != nil {
		return err
	}
	if p.marker("---") || p.marker("...") {
		return p.errorf("a document ends inside brackets")
	}
	return nil
}

// flowItem reads one item of a sequence or one key and value of a mapping.
func (p *parser) flowItem(n *Node, seen *keySet) error {
	if n.Kind == Sequence {
		item, err := p.flowValue()
		if err != nil {
			return err
		}
		n.add(item)
		return nil
	}
	key, err := p.flowKey()
	if err != nil {
		return err
	}
	if !seen.add(n, key) {
		return p.doc.ErrorAt(key.Start, "key %q appears twice", key.Text())
	}
	p.pos++ // the colon
	colon := p.pos
	if err := p.flowGap(); err != nil {
		return err
	}
	value := p.newNode(null, colon)
	if c := p.byte(); c != ',' && c != '}' {
		if value, err = p.flowValue(); err != nil {
			return err
		}
	}
	n.add(key)
	n.add(value)
	return nil
}

func (p *parser) flowKey() (*Node, error) {
	var key *Node
	var err error
	bol := p.bol
	switch c := p.byte(); {
	case c == '"' || c == '\'':
		key, err = p.quoted()
	case plainStart(p.src, p.pos, true):
		key = p.plainLine(true)
		if p.byte() == ':' && !p.blankAt(p.pos+1) {
			p.doc.Global = true // readers disagree about {a:{}}
		}
	default:
		return nil, p.errorf("expected a key")
	}
	if err != nil {
		return nil, err
	}
	p.spaces()
	if p.byte() != ':' || p.bol != bol {
		return nil, p.errorf("expected a colon after key %q", key.Text())
	}
	if key.Text() == "<<" {
		p.doc.Global = true
	}
	return key, nil
}

func (p *parser) flowValue() (*Node, error) {
	outer, tagged, err := p.properties()
	if err != nil {
		return nil, err
	}
	var n *Node
	switch c := p.byte(); {
	case c == '{' || c == '[':
		n, err = p.flow()
	case c == '*':
		n, err = p.aliasNode()
	case c == '"' || c == '\'':
		n, err = p.quoted()
	case plainStart(p.src, p.pos, true):
		n, err = p.flowPlain()
	default:
		return nil, p.errorf("expected a value")
	}
	if err != nil {
		return nil, err
	}
	if outer < n.Start {
		n.Outer, n.Tagged = outer, tagged
	}
	return n, nil
}

// flowPlain reads a plain scalar within brackets, over several lines if need be.
func (p *parser) flowPlain() (*Node, error) {
	n := p.plainLine(true)
	for {
		if n.End == n.Start {
			return nil, p.errorf("expected a value")
		}
		bol := p.bol
		if err := p.gap(); err != nil {
			return nil, err
		}
		if p.bol == bol || !plainStart(p.src, p.pos, true) {
			return n, nil
		}
		n.coded = true
		more := p.plainLine(true)
		if more.End == more.Start {
			return nil, p.errorf("expected a comma")
		}
		n.End = more.End
	}
}

// manyKeys is from how many keys on a table finds a repeated one faster than
// looking through them.
const manyKeys = 24

// keySet finds a key that appears twice in one mapping.
type keySet struct {
	n    int
	many map[string]bool
}

// add reports whether key, which is not yet in m, is a new one.
func (s *keySet) add(m, key *Node) bool {
	name := key.Text()
	if s.n++; s.n < manyKeys {
		for k := m.First; k != nil; k = k.Next.Next {
			if k.Text() == name {
				return false
			}
		}
		return true
	}
	if s.many == nil {
		s.many = map[string]bool{}
		for k := m.First; k != nil; k = k.Next.Next {
			s.many[k.Text()] = true
		}
	}
	if s.many[name] {
		return false
	}
	s.many[name] = true
	return true
}
