package kubeconfig

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig/internal/yamlspan"
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

// document is a kubeconfig as text with its parts located.
type document struct {
	*yamlspan.Document
	sections [3]section
}

// section is one of the three lists.
type section struct {
	key, value *yamlspan.Node // nil when the file has no such list
	items      []*item
	byName     map[string]*item
}

// item is one named thing in a list.
type item struct {
	node *yamlspan.Node
	name string
	body *yamlspan.Node // nil when there is none, or when it is no mapping
	rec  *record        // nil: not ours
}

// refuse makes err a refusal to edit a file.
func refuse(err error) error {
	return clierr.WithHint(err, "correct the kubeconfig by hand, then try again; it was not touched")
}

// openDocument locates the parts of the kubeconfig in data and refuses what
// cannot be edited without doubt.
func openDocument(data []byte) (*document, error) {
	y, err := yamlspan.Parse(string(data))
	if err != nil {
		return nil, refuse(err)
	}
	d := &document{Document: y}
	if d.Root == nil {
		return d, nil
	}
	if d.Root.Kind != yamlspan.Mapping {
		return nil, refuse(d.ErrorAt(d.Root.Start, "a kubeconfig is a mapping, this is not"))
	}
	for i := range d.sections {
		if err := d.openSection(i); err != nil {
			return nil, refuse(err)
		}
	}
	return d, nil
}

func (d *document) openSection(i int) error {
	s := &d.sections[i]
	m := d.Root.Get(sectionKeys[i])
	s.key, s.value = m.Key, m.Value
	if s.value.IsNull() {
		return nil
	}
	if s.value.Kind != yamlspan.Sequence {
		return d.ErrorAt(s.value.Start, "%q is not a list", sectionKeys[i])
	}
	nodes := s.value.Items()
	s.byName, s.items = make(map[string]*item, len(nodes)), make([]*item, 0, len(nodes))
	for _, n := range nodes {
		it, err := d.openItem(i, n)
		if err != nil {
			return err
		}
		if other := s.byName[it.name]; other != nil {
			return d.ErrorAt(n.Start, "two %s are called %q; the other one is on line %d",
				sectionKeys[i], it.name, yamlspan.LineOf(d.Src, other.node.Start))
		}
		s.byName[it.name] = it
		s.items = append(s.items, it)
	}
	return nil
}

func (d *document) openItem(i int, n *yamlspan.Node) (*item, error) {
	if n.Kind != yamlspan.Mapping {
		return nil, d.ErrorAt(n.Start, "an item of %q is not a mapping", sectionKeys[i])
	}
	name := n.Get("name").Value
	if name == nil && n.Get("<<").Key != nil || name != nil && name.Kind != yamlspan.Scalar {
		return nil, d.ErrorAt(n.Start, "an item of %q has no name of its own", sectionKeys[i])
	}
	it := &item{node: n, name: name.Text()}
	if body := n.Get(bodyKeys[i]).Value; body != nil && body.Kind == yamlspan.Mapping {
		it.body = body
		it.rec = readRecord(body)
	}
	return it, nil
}

// checkName reports what is wrong with a name that is about to be written.
func checkName(kind, name string) error {
	if name == "" {
		return fmt.Errorf("the %s has no name", kind)
	}
	if !utf8.ValidString(name) {
		return fmt.Errorf("the %s name %q is not UTF-8 text", kind, name)
	}
	return nil
}

// ours returns the items that this program made.
func (s *section) ours() []*item {
	return slices.DeleteFunc(slices.Clone(s.items), func(it *item) bool { return it.rec == nil })
}

// foreign returns the items that this program did not make.
func (s *section) foreign() []*item {
	return slices.DeleteFunc(slices.Clone(s.items), func(it *item) bool { return it.rec != nil })
}

// has reports whether a list has an item of that name.
func (d *document) has(kind int, name string) bool { return d.sections[kind].byName[name] != nil }

// hasOurs reports whether a context of ours has this name.
func (d *document) hasOurs(name string) bool {
	it := d.sections[contexts].byName[name]
	return it != nil && it.rec != nil
}

// ref returns the name of the cluster or user that a context names.
func (it *item) ref(kind int) string { return it.body.Get(bodyKeys[kind]).Value.Text() }

// current returns the name of the current context.
func (d *document) current() string { return d.Root.Get("current-context").Value.Text() }

// journalHolder returns the context of ours that carries the journal, nil when
// none does.
func (d *document) journalHolder() *item {
	for _, it := range d.sections[contexts].ours() {
		if !it.rec.Restore.empty() {
			return it
		}
	}
	return nil
}

// findOurs finds the item of ours that a login made under name: under that name,
// or renamed by its owner since.
func (d *document) findOurs(kind int, name string, owner Owner, match matcher) *item {
	if it := d.sections[kind].byName[name]; it != nil {
		if it.rec != nil && match(it.rec.Owner, owner) {
			return it
		}
		return nil
	}
	for _, it := range d.sections[kind].ours() {
		if it.rec.Name == name && match(it.rec.Owner, owner) && owner.ClusterUUID == it.rec.ClusterUUID {
			return it
		}
	}
	return nil
}
