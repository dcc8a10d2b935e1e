package kubeconfig

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig/internal/yamlspan"
)

// checker compares a kubeconfig before and after an edit. It reads the result
// afresh and does not trust what the edit meant to do.
type checker struct {
	old     *document
	gone    [3]map[string]bool // names of ours that must no longer be there
	wanted  []*wanted          // entries of ours that must be there
	current *string            // what current-context must be; nil: as before
}

// errHurt is the refusal of a result that would change what is not ours.
func errHurt(format string, args ...any) error {
	hint := "the kubeconfig was not touched; tidy the entries around it by hand, " +
		"or use --output-kubeconfig FILE for a file of its own"
	return clierr.Errorf(hint,
		"editing this kubeconfig safely is not possible: %s", fmt.Sprintf(format, args...))
}

// check returns the new document, or an error when out does not load as a
// kubeconfig or differs from the old one in more than entries of ours.
func (c *checker) check(out []byte) (*document, error) {
	after, err := openDocument(out)
	if err != nil {
		return nil, errHurt("%v", err)
	}
	for i := range c.old.sections {
		if err := c.compareItems(i, after); err != nil {
			return nil, err
		}
	}
	if err := c.compareTop(after); err != nil {
		return nil, err
	}
	return after, c.compareLoaded(after)
}

// compareItems compares the text of everybody else's entries, and the names of
// ours.
func (c *checker) compareItems(i int, after *document) error {
	a, b := c.old.sections[i].foreign(), after.sections[i].foreign()
	if len(a) != len(b) {
		return errHurt("the number of other %s would change", sectionKeys[i])
	}
	for k := range a {
		if c.old.Src[a[k].node.Outer:a[k].node.End] != after.Src[b[k].node.Outer:b[k].node.End] {
			return errHurt("the %s entry %q would change", bodyKeys[i], a[k].name)
		}
	}
	have := map[string]bool{}
	for _, it := range after.sections[i].ours() {
		have[it.name] = true
	}
	for _, it := range c.old.sections[i].ours() {
		if have[it.name] == c.gone[i][it.name] {
			return errHurt("the %s entry %q would be missed", bodyKeys[i], it.name)
		}
		delete(have, it.name)
	}
	for _, w := range c.wanted {
		if w.kind == i {
			delete(have, w.name)
		}
	}
	if len(have) > 0 {
		return errHurt("an unexpected %s entry would appear", bodyKeys[i])
	}
	return nil
}

// compareTop compares the text of the other top-level members. Only apiVersion,
// kind and the members this package writes may come or go.
func (c *checker) compareTop(after *document) error {
	a, b := c.old.otherMembers(), after.otherMembers()
	if c.old.Root == nil || after.Root == nil {
		for _, list := range []map[string]string{a, b} {
			delete(list, "apiVersion")
			delete(list, "kind")
		}
	}
	if !reflect.DeepEqual(a, b) {
		return errHurt("something outside the lists would change")
	}
	return nil
}

// otherMembers returns the text of the top-level members that no login edits.
func (d *document) otherMembers() map[string]string {
	list := map[string]string{}
	for _, m := range d.Root.Members() {
		if key := m.Key.Text(); !slices.Contains(sectionKeys[:], key) && key != "current-context" {
			list[key] = d.Src[m.Value.Outer:m.Value.End]
		}
	}
	return list
}

// compareLoaded loads both versions with clientcmd and compares everything but
// the entries of ours. It loads them at the same time, as each takes most of a
// second where there are thousands of entries.
func (c *checker) compareLoaded(after *document) error {
	var before, now *api.Config
	var errBefore, errNow error
	var loads sync.WaitGroup
	loads.Go(func() { before, errBefore = c.old.load(c.old.Src) })
	loads.Go(func() { now, errNow = after.load(after.Src) })
	loads.Wait()
	if errBefore != nil {
		return refuse(c.old.explainLoad(errBefore))
	}
	if errNow != nil {
		return errHurt("the result would not load: %v", errNow)
	}
	current := before.CurrentContext
	if c.current != nil {
		current = *c.current
	}
	if now.CurrentContext != current {
		return errHurt("the current context would be %q", now.CurrentContext)
	}
	for _, w := range c.wanted {
		if !w.loadedFrom(now) {
			return errHurt("the %s entry %q would not say what it must", bodyKeys[w.kind], w.name)
		}
	}
	c.old.deleteOurs(before)
	after.deleteOurs(now)
	before.CurrentContext, now.CurrentContext = "", ""
	if !reflect.DeepEqual(before, now) {
		return errHurt("it would mean something else to kubectl")
	}
	return nil
}

// deleteOurs takes entries of ours out of a loaded config.
func (d *document) deleteOurs(cfg *api.Config) {
	for _, it := range d.sections[clusters].ours() {
		delete(cfg.Clusters, it.name)
	}
	for _, it := range d.sections[contexts].ours() {
		delete(cfg.Contexts, it.name)
	}
	for _, it := range d.sections[users].ours() {
		delete(cfg.AuthInfos, it.name)
	}
}

// load reads text, which is d's or a part of it, with clientcmd.
func (d *document) load(text string) (*api.Config, error) {
	if d.Root == nil {
		return api.NewConfig(), nil
	}
	cfg, err := clientcmd.Load([]byte(strings.TrimPrefix(text, yamlspan.BOM)))
	if err != nil {
		return nil, errors.New(loadMessage(err))
	}
	return cfg, nil
}

// loadMessage keeps the first words of clientcmd's error. What comes after may
// quote the file, and with it secrets.
func loadMessage(err error) string {
	msg, _, _ := strings.Cut(err.Error(), "\n")
	msg, _, _ = strings.Cut(msg, " in list:")
	if len(msg) > 200 {
		msg = msg[:200] + "…"
	}
	return msg
}

// explainLoad names the line for which clientcmd does not load the file, where
// one character or one entry is at fault.
func (d *document) explainLoad(err error) error {
	if line := controlLine(d.Src); line > 0 {
		return yamlspan.NewSyntaxError(line, "a control character is not allowed in YAML")
	}
	if kind, it, err := d.findUnloadable(); it != nil {
		return d.ErrorAt(it.node.Start, "the %s entry %q does not load: %w", bodyKeys[kind], it.name, err)
	}
	return fmt.Errorf("the file does not load as a kubeconfig: %w", err)
}

// controlLine returns the line of the first control character, 0 without one.
func controlLine(src string) int {
	for i, line := range strings.Split(src, "\n") {
		for _, c := range line {
			if c < ' ' && c != '\t' && c != '\r' || c == 0x7f {
				return i + 1
			}
		}
	}
	return 0
}

// findUnloadable finds, by halves, the first entry that does not load and why. It
// finds none when the fault is elsewhere, or in a file whose entries cannot be
// read without each other.
func (d *document) findUnloadable() (kind int, it *item, err error) {
	if d.Global {
		return 0, nil, nil
	}
	loadError := func(items []*item) error {
		_, err := d.load(d.withItems(items))
		return err
	}
	for kind, s := range d.sections {
		items := s.items
		if loadError(items) == nil || loadError(nil) != nil {
			continue
		}
		for len(items) > 1 {
			half := items[:len(items)/2]
			if loadError(half) == nil {
				half = items[len(items)/2:]
			}
			items = half
		}
		if err := loadError(items); err != nil {
			return kind, items[0], err
		}
	}
	return 0, nil, nil
}

// withItems returns the text with these items alone.
func (d *document) withItems(items []*item) string {
	stays := map[*yamlspan.Node]bool{}
	for _, it := range items {
		stays[it.node] = true
	}
	e := &editor{document: d}
	for _, s := range d.sections {
		if len(s.items) > 0 {
			e.dropItems(s.value, func(n *yamlspan.Node) bool { return !stays[n] })
		}
	}
	text, err := e.apply()
	if err != nil {
		return ""
	}
	return string(text)
}
