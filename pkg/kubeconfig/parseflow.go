package kubeconfig

// flow reads a collection in brackets or braces; JSON is this and nothing else.
func (p *parser) flow() (*node, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, p.errorf("nested too deeply")
	}
	defer func() { p.depth-- }()
	n := p.node(sequence, p.pos)
	n.flow = true
	var closing byte = ']'
	if p.src[p.pos] == '{' {
		n.kind, closing = mapping, '}'
	}
	p.pos++
	var seen keySet
	for {
		if err := p.flowGap(n); err != nil {
			return nil, err
		}
		if p.byte() == closing {
			p.pos++
			n.end = p.pos
			return n, nil
		}
		if err := p.flowItem(n, &seen); err != nil {
			return nil, err
		}
		if err := p.flowGap(n); err != nil {
			return nil, err
		}
		switch p.byte() {
		case ',':
			p.pos++
		case closing:
		default:
			if p.pos >= len(p.src) {
				return nil, p.errorAt(n.start, "a bracket that is never closed")
			}
			return nil, p.errorf("expected a comma or %q", string(rune(closing)))
		}
	}
}

// flowGap is gap within brackets. A collection that is not the whole file and
// spans lines leaves the simple subset.
func (p *parser) flowGap(n *node) error {
	bol := p.bol
	if err := p.gap(); err != nil {
		return err
	}
	if p.bol != bol && !p.rootFlow {
		n.exotic = true
	}
	if p.marker("---") || p.marker("...") {
		return p.errorf("a document ends inside brackets")
	}
	return nil
}

// flowItem reads one item of a sequence or one key and value of a mapping.
func (p *parser) flowItem(n *node, seen *keySet) error {
	if n.kind == sequence {
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
	if !seen.add(p.src, n, key) {
		return p.errorAt(key.start, "key %q appears twice", key.text(p.src))
	}
	p.pos++ // the colon
	colon := p.pos
	if err := p.flowGap(n); err != nil {
		return err
	}
	value := p.node(null, colon)
	if c := p.byte(); c != ',' && c != '}' {
		if value, err = p.flowValue(); err != nil {
			return err
		}
	}
	n.add(key)
	n.add(value)
	return nil
}

func (p *parser) flowKey() (*node, error) {
	var key *node
	var err error
	bol := p.bol
	switch c := p.byte(); {
	case c == '"' || c == '\'':
		key, err = p.quoted()
	case plainStart(p.src, p.pos, true):
		key = p.plainLine(true)
		if p.byte() == ':' && !p.blankAt(p.pos+1) {
			p.whole = true // readers disagree about {a:{}}
		}
	default:
		return nil, p.errorf("expected a key")
	}
	if err != nil {
		return nil, err
	}
	p.spaces()
	if p.byte() != ':' || p.bol != bol {
		return nil, p.errorf("expected a colon after key %q", key.text(p.src))
	}
	if key.text(p.src) == "<<" {
		p.whole = true
	}
	return key, nil
}

func (p *parser) flowValue() (*node, error) {
	outer, tagged, err := p.properties()
	if err != nil {
		return nil, err
	}
	var n *node
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
	if outer < n.start {
		n.outer, n.tagged, n.exotic = outer, tagged, true
	}
	return n, nil
}

// flowPlain reads a plain scalar within brackets, over several lines if need be.
func (p *parser) flowPlain() (*node, error) {
	n := p.plainLine(true)
	for {
		if n.end == n.start {
			return nil, p.errorf("expected a value")
		}
		bol := p.bol
		if err := p.gap(); err != nil {
			return nil, err
		}
		if p.bol == bol || !plainStart(p.src, p.pos, true) {
			return n, nil
		}
		n.exotic = true
		more := p.plainLine(true)
		if more.end == more.start {
			return nil, p.errorf("expected a comma")
		}
		n.end = more.end
	}
}
