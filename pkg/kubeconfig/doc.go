package kubeconfig

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// A kubeconfig has three lists of named things.
const (
	clusters = iota
	contexts
	users
)

var sectionKeys = [3]string{"clusters", "contexts", "users"}

// bodyKeys name the member that holds what an item is about.
var bodyKeys = [3]string{"cluster", "context", "user"}

// item is one named thing in a list.
type item struct {
	node *node
	name string
	body *node   // nil when there is none, or when it is no mapping
	rec  *record // nil: not ours
	sure bool    // see sureItems
}

type section struct {
	key, value *node // nil when the file has no such list
	items      []*item
	byName     map[string]*item
}

// doc is a kubeconfig as text with its parts located.
type doc struct {
	src    string
	parser *parser
	root   *node // nil: no content
	sec    [3]section
	judged bool // sureItems has run
	core   bool // the sure items are left out, see checker.core
}

// refuse makes err a refusal to edit a file.
func refuse(err error) error {
	return clierr.WithHint(err, "correct the kubeconfig by hand, then try again; it was not touched")
}

// open locates the parts of the kubeconfig in data and refuses what cannot be
// edited without doubt. The caller must not change data afterwards.
func open(data []byte) (*doc, error) {
	if !utf8.Valid(data) {
		return nil, refuse(&syntaxError{line: badLine(data), msg: "not UTF-8 text"})
	}
	src := asText(data)
	if line := loneReturn(src); line > 0 {
		return nil, refuse(&syntaxError{line: line, msg: "a carriage return without a line feed"})
	}
	p, err := parse(src)
	if err != nil {
		return nil, refuse(err)
	}
	d := &doc{src: src, parser: p, root: p.root}
	if d.root == nil {
		return d, nil
	}
	if d.root.kind != mapping {
		return nil, refuse(p.errorAt(d.root.start, "a kubeconfig is a mapping, this is not"))
	}
	for i := range d.sec {
		if err := d.openSection(i); err != nil {
			return nil, refuse(err)
		}
	}
	return d, nil
}

// badLine returns the first line of data that is not UTF-8.
func badLine(data []byte) int {
	for i, line := range bytes.Split(data, []byte("\n")) {
		if !utf8.Valid(line) {
			return i + 1
		}
	}
	return 1
}

// loneReturn returns the line of the first carriage return that is not part of
// a line break, 0 without one. Editors disagree about what it means.
func loneReturn(src string) int {
	for off := 0; ; {
		i := strings.IndexByte(src[off:], '\r')
		if i < 0 {
			return 0
		}
		if off += i + 1; off == len(src) || src[off] != '\n' {
			return lineOf(src, off)
		}
	}
}

func (d *doc) openSection(i int) error {
	s := &d.sec[i]
	m := d.root.get(d.src, sectionKeys[i])
	s.key, s.value = m.key, m.value
	if s.value.isNull(d.src) {
		return nil
	}
	if s.value.kind != sequence {
		return d.parser.errorAt(s.value.start, "%q is not a list", sectionKeys[i])
	}
	count := 0
	for n := s.value.first; n != nil; n = n.next {
		count++
	}
	s.byName, s.items = make(map[string]*item, count), make([]*item, 0, count)
	for n := s.value.first; n != nil; n = n.next {
		it, err := d.openItem(i, n)
		if err != nil {
			return err
		}
		if other := s.byName[it.name]; other != nil {
			return d.parser.errorAt(n.start, "two %s are called %q; the other one is on line %d",
				sectionKeys[i], it.name, lineOf(d.src, other.node.start))
		}
		s.byName[it.name] = it
		s.items = append(s.items, it)
	}
	return nil
}

func (d *doc) openItem(i int, n *node) (*item, error) {
	if n.kind != mapping {
		return nil, d.parser.errorAt(n.start, "an item of %q is not a mapping", sectionKeys[i])
	}
	name := n.get(d.src, "name").value
	if name == nil && n.get(d.src, "<<").key != nil || name != nil && name.kind != scalar {
		return nil, d.parser.errorAt(n.start, "an item of %q has no name of its own", sectionKeys[i])
	}
	it := &item{node: n, name: name.text(d.src)}
	if body := n.get(d.src, bodyKeys[i]).value; body != nil && body.kind == mapping {
		it.body = body
		it.rec = readRecord(d.src, body)
	}
	return it, nil
}

// ref returns what the context it says about key ("cluster", "user").
func (d *doc) ref(it *item, key string) string {
	return it.body.get(d.src, key).value.text(d.src)
}

func (d *doc) current() string {
	return d.root.get(d.src, "current-context").value.text(d.src)
}

// name checks a name that is about to be written.
func checkName(kind, name string) error {
	if name == "" {
		return fmt.Errorf("the %s has no name", kind)
	}
	if !utf8.ValidString(name) {
		return fmt.Errorf("the %s name %q is not UTF-8 text", kind, name)
	}
	return nil
}

// eol returns the line break that the file uses.
func (d *doc) eol() string {
	if i := strings.IndexByte(d.src, '\n'); i > 0 && d.src[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}
