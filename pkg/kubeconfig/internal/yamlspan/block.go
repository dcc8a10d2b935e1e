package yamlspan

// blockNode reads the node at pos in block context; parent is the column of the
// collection around it, -1 for none.
func (p *parser) blockNode(parent int) (*Node, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, p.errorf("nested too deeply")
	}
	defer func() { p.depth-- }()
	col := p.pos - p.bol
	if p.src[p.pos] == '-' && p.blankAt(p.pos+1) {
		return p.blockSequence(col)
	}
	key, err := p.key()
	if err != nil {
		return nil, err
	}
	if key != nil {
		return p.blockMapping(col, key)
	}
	return p.value(parent)
}

// key reads the key at pos and stops at its colon; nil, with pos unmoved, when
// what stands there is no key.
func (p *parser) key() (*Node, error) {
	if n := p.bareKey(); n != nil {
		return n, nil
	}
	start := p.pos
	outer, tagged, err := p.properties()
	if err != nil {
		return nil, err
	}
	var n *Node
	switch c := p.byte(); {
	case c == '"' || c == '\'':
		if n, err = p.quoted(); err != nil {
			return nil, err
		}
	case c == '?' && p.blankAt(p.pos+1):
		return nil, p.errorf("a key marked with ? is not supported in a kubeconfig")
	case plainStart(p.src, p.pos, false):
		n = p.plainLine(false)
	default:
		p.pos = start
		return nil, nil
	}
	p.spaces()
	if p.byte() != ':' || !p.blankAt(p.pos+1) || p.bol > start {
		p.pos = start
		p.rewind(start)
		return nil, nil
	}
	n.Outer, n.Tagged = outer, tagged
	if n.Text() == "<<" {
		p.doc.Global = true
	}
	return n, nil
}

// bareKey reads a key of letters and dashes, as nearly all are; nil, with pos
// unmoved, when what stands there needs a closer look.
func (p *parser) bareKey() *Node {
	i := p.pos
	for i < len(p.src) && (isLetter(p.src[i]) || p.src[i] == '-' && i > p.pos) {
		i++
	}
	if i == p.pos || i >= len(p.src) || p.src[i] != ':' || !p.blankAt(i+1) {
		return nil
	}
	n := p.newNode(Scalar, p.pos)
	n.End = i
	p.pos = i
	return n
}

// rewind finds the start of the line again after a scalar of several lines
// turned out not to be a key.
func (p *parser) rewind(off int) {
	for p.bol > off {
		p.bol--
	}
	for p.bol > 0 && p.src[p.bol-1] != '\n' && p.src[p.bol-1] != '\r' {
		p.bol--
	}
	if p.bol == 0 && len(p.src) >= len(BOM) && p.src[:len(BOM)] == BOM {
		p.bol = len(BOM)
	}
}

func (p *parser) blockMapping(col int, key *Node) (*Node, error) {
	m := p.newNode(Mapping, key.Outer)
	m.Col = col
	var seen keySet
	for {
		if !seen.add(m, key) {
			return nil, p.doc.ErrorAt(key.Start, "key %q appears twice", key.Text())
		}
		p.pos++ // the colon
		value, err := p.mappingValue(col)
		if err != nil {
			return nil, err
		}
		m.add(key)
		m.add(value)
		m.End = value.End
		if err := p.gap(); err != nil {
			return nil, err
		}
		switch at := p.pos - p.bol; {
		case p.pos >= len(p.src) || at < col || p.marker("---") || p.marker("..."):
			return m, nil
		case at > col:
			return nil, p.errorf("indented further than the key before it")
		}
		if key, err = p.key(); err != nil {
			return nil, err
		}
		if key == nil {
			return nil, p.errorf("expected a key")
		}
	}
}

// mappingValue reads what follows the colon of a key in column col.
func (p *parser) mappingValue(col int) (*Node, error) {
	colon := p.pos
	p.spaces()
	if !p.lineDone() {
		return p.value(col)
	}
	if err := p.gap(); err != nil {
		return nil, err
	}
	at := p.pos - p.bol
	if p.pos >= len(p.src) || at < col || p.marker("---") || p.marker("...") {
		return p.newNode(null, colon), nil
	}
	if at == col {
		if p.src[p.pos] == '-' && p.blankAt(p.pos+1) {
			return p.blockSequence(col)
		}
		return p.newNode(null, colon), nil
	}
	return p.blockNode(col)
}

func (p *parser) blockSequence(col int) (*Node, error) {
	s := p.newNode(Sequence, p.pos)
	s.Col = col
	for {
		dash := p.pos
		p.pos++
		item, err := p.sequenceItem(col)
		if err != nil {
			return nil, err
		}
		item.Dash = dash
		s.add(item)
		s.End = item.End
		if err := p.gap(); err != nil {
			return nil, err
		}
		at := p.pos - p.bol
		if p.pos >= len(p.src) || at < col || p.marker("---") {
			return s, nil
		}
		if at > col {
			return nil, p.errorf("indented further than the item before it")
		}
		if p.src[p.pos] != '-' || !p.blankAt(p.pos+1) {
			return s, nil
		}
	}
}

func (p *parser) sequenceItem(col int) (*Node, error) {
	after := p.pos
	p.spaces()
	if !p.lineDone() {
		return p.blockNode(col)
	}
	if err := p.gap(); err != nil {
		return nil, err
	}
	if p.pos >= len(p.src) || p.pos-p.bol <= col {
		return p.newNode(null, after), nil
	}
	return p.blockNode(col)
}

// value reads a node that is neither a block mapping nor a block sequence on
// this line. parent is the column of the collection around it.
func (p *parser) value(parent int) (*Node, error) {
	outer, tagged, err := p.properties()
	if err != nil {
		return nil, err
	}
	var n *Node
	switch c := p.byte(); {
	case p.lineDone() && outer != p.pos:
		n, err = p.propertiedBlock(parent)
	case c == '|' || c == '>':
		n, err = p.blockScalar(parent)
	case c == '{' || c == '[':
		n, err = p.flow()
	case c == '*':
		n, err = p.aliasNode()
	case c == '"' || c == '\'':
		n, err = p.quoted()
	case plainStart(p.src, p.pos, false):
		n, err = p.plainLines(parent)
	default:
		return nil, p.errorf("unexpected %q", string(rune(c)))
	}
	if err != nil {
		return nil, err
	}
	if outer < n.Start {
		n.Outer, n.Tagged = outer, tagged
	}
	if n.Kind == Mapping && !n.Flow || n.Kind == Sequence && !n.Flow || n.Kind == null {
		return n, nil
	}
	if n.Style == Block && n.Kind == Scalar {
		return n, nil
	}
	p.spaces()
	if !p.lineDone() {
		return nil, p.errorf("unexpected text after a value")
	}
	return n, nil
}

// propertiedBlock reads the node on the lines after an anchor or tag that
// stands alone at the end of its line.
func (p *parser) propertiedBlock(parent int) (*Node, error) {
	after := p.pos
	for after > 0 && (p.src[after-1] == ' ' || p.src[after-1] == '\t') {
		after--
	}
	if err := p.gap(); err != nil {
		return nil, err
	}
	at := p.pos - p.bol
	isDash := p.byte() == '-' && p.blankAt(p.pos+1)
	if p.pos >= len(p.src) || at < parent || at == parent && !isDash {
		return p.newNode(null, after), nil
	}
	return p.blockNode(parent)
}
