package yamlspan

import (
	"strings"
	"unicode/utf8"
)

// Parse reads the one YAML document in src.
func Parse(src string) (*Document, error) {
	p := &parser{doc: &Document{Src: src}, src: src}
	if err := p.checkCharacters(); err != nil {
		return nil, err
	}
	if strings.HasPrefix(src, BOM) {
		p.pos = len(BOM)
		p.bol = p.pos
	}
	if err := p.document(); err != nil {
		return nil, err
	}
	return p.doc, nil
}

// checkCharacters refuses text that is not UTF-8, and carriage returns that are
// not part of a line break: editors disagree about what those mean.
func (p *parser) checkCharacters() error {
	if !utf8.ValidString(p.src) {
		return &SyntaxError{invalidLine(p.src), "not UTF-8 text"}
	}
	for off := 0; ; off++ {
		i := strings.IndexByte(p.src[off:], '\r')
		if i < 0 {
			return nil
		}
		if off += i + 1; off == len(p.src) || p.src[off] != '\n' {
			return p.doc.ErrorAt(off, "a carriage return without a line feed")
		}
	}
}

// invalidLine returns the first line of src that is not UTF-8.
func invalidLine(src string) int {
	for i, line := range strings.Split(src, "\n") {
		if !utf8.ValidString(line) {
			return i + 1
		}
	}
	return 1
}

// document reads the whole text.
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
		root, err := p.blockNode(-1)
		if err != nil {
			return err
		}
		p.doc.Root = root
		if err := p.gap(); err != nil {
			return err
		}
	}
	if p.marker("...") {
		p.doc.Global = true
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
