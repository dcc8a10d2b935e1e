package tree

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// ParseYAML reads one YAML document. Lines are counted from line. A document
// without content gives the absent Node. The plain block style that kubectl
// writes and people mostly use is read directly; for anything else a complete
// YAML parser takes over.
func (d *Doc) ParseYAML(data []byte, line int) (Node, error) {
	if len(data) > MaxBytes {
		return Node{}, tooLong(line)
	}
	d.reset()
	root, err := d.fast(data, line)
	if !errors.Is(err, errNotPlain) {
		return root, err
	}
	d.reset()
	return d.full(data, line)
}

// loneReturn finds what only some editors take for the end of a line.
var loneReturn = regexp.MustCompile(`\r(?:[^\n]|$)`)

var yamlLine = regexp.MustCompile(`^yaml: (?:line (\d+): )?(?s:(.*))$`)

// full reads any YAML through yaml.v3's nodes.
func (d *Doc) full(data []byte, line int) (Node, error) {
	if !utf8.Valid(data) {
		return Node{}, &SyntaxError{line + lineOfInvalid(data), "the text is not UTF-8"}
	}
	if marks := countAny(data, "\n,[{:-?"); marks > 2*MaxValues {
		return Node{}, &SyntaxError{line, fmt.Sprintf("the document may hold more than %d values", MaxValues)}
	}
	if at := loneReturn.FindIndex(data); at != nil {
		return Node{}, &SyntaxError{line + bytes.Count(data[:at[0]], []byte("\n")), "a carriage return without a line feed"}
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	if err := dec.Decode(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return Node{}, nil
		}
		return Node{}, yamlError(err, line)
	}
	if len(doc.Content) != 1 {
		return Node{}, nil
	}
	if at := bareTag(data, &doc); at > 0 {
		return Node{}, &SyntaxError{line - 1 + at, "the tag ! is not supported"}
	}
	c := converter{d: d, offset: line - 1}
	at, err := c.value(doc.Content[0], 0, 0, nil, 0, 0)
	if err != nil {
		return Node{}, err
	}
	var more yaml.Node
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		if err != nil {
			return Node{}, yamlError(err, line)
		}
		return Node{}, &SyntaxError{line - 1 + more.Line, "a second document starts without a line ---"}
	}
	return Node{d, at}, nil
}

func countAny(data []byte, marks string) int {
	n := 0
	for i := range len(marks) {
		n += bytes.Count(data, []byte(marks[i:i+1]))
	}
	return n
}

func yamlError(err error, line int) error {
	m := yamlLine.FindStringSubmatch(err.Error())
	if m == nil {
		return &SyntaxError{line, err.Error()}
	}
	n, _ := strconv.Atoi(m[1])
	return &SyntaxError{line + max(n, 1) - 1, m[2]}
}

// converter turns yaml.v3's nodes into the tree, following aliases and merge
// keys. The bound on values also bounds what aliases expand to.
type converter struct {
	d      *Doc
	offset int
}

// value converts y. at is the line to report inside aliases; 0: y's own.
func (c *converter) value(y *yaml.Node, parent, last int, key []byte, keyLine, depth int) (int, error) {
	line := keyLine
	if line == 0 {
		line = y.Line + c.offset
	}
	if depth > MaxDepth {
		return 0, &SyntaxError{line, fmt.Sprintf("values are nested more than %d deep", MaxDepth)}
	}
	if y.Kind == yaml.AliasNode {
		c.d.aliases++
		return c.value(y.Alias, parent, last, key, line, depth+1)
	}
	n := node{key: key, line: line}
	if y.Kind == yaml.ScalarNode {
		var err error
		if n.kind, n.val, err = scalar(y, line); err != nil {
			return 0, err
		}
		return c.add(parent, last, n)
	}
	n.kind = Map
	if y.Kind == yaml.SequenceNode {
		n.kind = List
	}
	if tag := y.Tag; y.Style&yaml.TaggedStyle != 0 && tag != "!!map" && tag != "!!seq" {
		return 0, &SyntaxError{line, fmt.Sprintf("tag %q is not known", tag)}
	}
	at, err := c.add(parent, last, n)
	if err != nil {
		return 0, err
	}
	if n.kind == Map {
		return at, c.mapping(y, at, depth)
	}
	last = 0
	for _, item := range y.Content {
		if last, err = c.value(item, at, last, nil, 0, depth+1); err != nil {
			return 0, err
		}
	}
	return at, nil
}

func (c *converter) add(parent, last int, n node) (int, error) {
	at, err := c.d.add(parent, last, n)
	if err != nil && c.d.aliases > 0 {
		return 0, &SyntaxError{n.line, fmt.Sprintf("aliases make the document hold more than %d values", MaxValues)}
	}
	return at, err
}

func (c *converter) mapping(y *yaml.Node, at int, depth int) error {
	var last int
	var merges []*yaml.Node
	for i := 0; i+1 < len(y.Content); i += 2 {
		k, v := y.Content[i], y.Content[i+1]
		if k.Kind == yaml.ScalarNode && k.Value == "<<" && k.Style == 0 {
			merges = append(merges, v)
			continue
		}
		var err error
		if last, err = c.entry(k, v, at, last, depth); err != nil {
			return err
		}
	}
	if err := c.d.unique(at); err != nil || len(merges) == 0 {
		return err
	}
	return c.merge(merges, at, last, depth)
}

func (c *converter) entry(k, v *yaml.Node, at, last int, depth int) (int, error) {
	line := k.Line + c.offset
	for k.Kind == yaml.AliasNode {
		k = k.Alias
	}
	if k.Kind != yaml.ScalarNode || k.Style&yaml.TaggedStyle != 0 {
		return 0, &SyntaxError{line, "a key must be a string without a tag"}
	}
	text, err := keyText([]byte(k.Value), k.Style == 0, line)
	if err != nil {
		return 0, err
	}
	return c.value(v, at, last, text, line, depth+1)
}

// merge adds what << names.
func (c *converter) merge(from []*yaml.Node, at, last int, depth int) error {
	have := make(map[string]bool)
	for e := range (Node{c.d, at}).All() {
		have[string(e.Key())] = true
	}
	for len(from) > 0 {
		m := from[0]
		from = from[1:]
		if c.d.aliases++; c.d.aliases > MaxValues {
			return &SyntaxError{m.Line + c.offset, "merge keys never end"}
		}
		switch {
		case m.Kind == yaml.AliasNode:
			from = append([]*yaml.Node{m.Alias}, from...)
		case m.Kind == yaml.SequenceNode:
			from = append(append([]*yaml.Node{}, m.Content...), from...)
		case m.Kind != yaml.MappingNode:
			return &SyntaxError{m.Line + c.offset, "<< needs a mapping to merge"}
		default:
			for i := 0; i+1 < len(m.Content); i += 2 {
				k, v := m.Content[i], m.Content[i+1]
				if k.Value == "<<" && k.Style == 0 {
					from = append([]*yaml.Node{v}, from...)
					continue
				}
				if have[k.Value] {
					return &SyntaxError{k.Line + c.offset, fmt.Sprintf("key %q is given twice, once through <<: which of the two counts, YAML readers disagree about", k.Value)}
				}
				have[k.Value] = true
				var err error
				if last, err = c.entry(k, v, at, last, depth); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

var tagKinds = map[string]Kind{"!!int": Int, "!!bool": Bool, "!!float": Float, "!!null": Null}

func scalar(y *yaml.Node, line int) (Kind, []byte, error) {
	val := []byte(y.Value)
	if y.Style&yaml.TaggedStyle != 0 {
		if y.Tag == "!!str" {
			return String, val, nil
		}
		kind, text := resolve(val)
		if want, ok := tagKinds[y.Tag]; ok && (kind == want || kind == Int && want == Float) {
			return kind, text, nil
		}
		return 0, nil, &SyntaxError{line, fmt.Sprintf("tag %q does not go with %q", y.Tag, shorten(val))}
	}
	if y.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return String, val, nil
	}
	kind, text := resolve(val)
	return kind, text, nil
}
