package kubeconfig

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// checker compares a kubeconfig before and after an edit. It reads the result
// afresh and does not trust what the edit meant to do.
type checker struct {
	old     *doc
	edits   []splice              // how the result came about; only a hint where to look
	gone    [3]map[string]bool    // names of ours that must no longer be there
	want    [3]map[string]*target // entries of ours that must be there
	current *string               // what current-context must be; nil: as before
}

// errHurt is the refusal of a result that would change what is not ours.
func errHurt(format string, args ...any) error {
	return clierr.Errorf("the kubeconfig was not touched; tidy the entries around it by hand, or use --output-kubeconfig FILE for a file of its own",
		"editing this kubeconfig safely is not possible: %s", fmt.Sprintf(format, args...))
}

// check returns the new document, or an error when out does not load as a
// kubeconfig or differs from the old one in more than entries of ours.
func (c *checker) check(out []byte) (*doc, error) {
	after := c.core(out)
	if after == nil {
		var err error
		if after, err = open(out); err != nil {
			return nil, errHurt("%v", err)
		}
	}
	for i := range c.old.sec {
		if err := c.compareItems(i, after); err != nil {
			return nil, err
		}
	}
	if err := c.compareTop(after); err != nil {
		return nil, err
	}
	return after, c.compareLoaded(after)
}

// foreign returns the items that this program did not make, without the sure
// ones if doubtful is set.
func (s *section) foreign(doubtful bool) []*item {
	var list []*item
	for _, it := range s.items {
		if it.rec == nil && !(doubtful && it.sure) {
			list = append(list, it)
		}
	}
	return list
}

// compareItems compares the text of everybody else's entries, and the names of
// ours.
func (c *checker) compareItems(i int, after *doc) error {
	a, b := c.old.sec[i].foreign(after.core), after.sec[i].foreign(false)
	if len(a) != len(b) {
		return errHurt("the number of other %s would change", sectionKeys[i])
	}
	for k := range a {
		if c.old.src[a[k].node.outer:a[k].node.end] != after.src[b[k].node.outer:b[k].node.end] {
			return errHurt("the %s entry %q would change", bodyKeys[i], a[k].name)
		}
	}
	have := map[string]bool{}
	for _, it := range after.sec[i].items {
		if it.rec != nil {
			have[it.name] = true
		}
	}
	for _, it := range c.old.sec[i].items {
		if it.rec != nil && have[it.name] == c.gone[i][it.name] {
			return errHurt("the %s entry %q would be missed", bodyKeys[i], it.name)
		}
		delete(have, it.name)
	}
	for name := range c.want[i] {
		delete(have, name)
	}
	if len(have) > 0 {
		return errHurt("an unexpected %s entry would appear", bodyKeys[i])
	}
	return nil
}

// compareTop compares the text of the other top-level members. Only apiVersion,
// kind and the members this package writes may come or go.
func (c *checker) compareTop(after *doc) error {
	mine := func(key string) bool {
		return key == "clusters" || key == "contexts" || key == "users" || key == "current-context"
	}
	others := func(d *doc) map[string]string {
		list := map[string]string{}
		if d.root == nil {
			return list
		}
		for _, m := range d.root.members() {
			if key := m.key.text(d.src); !mine(key) {
				list[key] = d.src[m.value.outer:m.value.end]
			}
		}
		return list
	}
	a, b := others(c.old), others(after)
	if c.old.root == nil || after.root == nil {
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

// compareLoaded loads both versions with clientcmd and compares everything but
// the entries of ours.
func (c *checker) compareLoaded(after *doc) error {
	before, err := c.old.load(c.old.doubtful())
	if err != nil {
		return refuse(c.old.culprit(err))
	}
	text := after.src
	if !after.core {
		text = after.doubtful()
	}
	now, err := after.load(text)
	if err != nil {
		return errHurt("the result would not load: %v", err)
	}
	current := before.CurrentContext
	if c.current != nil {
		current = *c.current
	}
	if now.CurrentContext != current {
		return errHurt("the current context would be %q", now.CurrentContext)
	}
	if err := c.compareOurs(now); err != nil {
		return err
	}
	c.old.strip(before)
	after.strip(now)
	before.CurrentContext, now.CurrentContext = "", ""
	if !reflect.DeepEqual(before, now) {
		return errHurt("it would mean something else to kubectl")
	}
	return nil
}

// strip takes entries of ours out of a loaded config.
func (d *doc) strip(cfg *api.Config) {
	for _, it := range d.sec[clusters].items {
		if it.rec != nil {
			delete(cfg.Clusters, it.name)
		}
	}
	for _, it := range d.sec[contexts].items {
		if it.rec != nil {
			delete(cfg.Contexts, it.name)
		}
	}
	for _, it := range d.sec[users].items {
		if it.rec != nil {
			delete(cfg.AuthInfos, it.name)
		}
	}
}

// load reads text with clientcmd.
func (d *doc) load(text string) (*api.Config, error) {
	if d.root == nil {
		return api.NewConfig(), nil
	}
	cfg, err := clientcmd.Load([]byte(strings.TrimPrefix(text, bom)))
	if err != nil {
		return nil, errors.New(loadMessage(err))
	}
	return cfg, nil
}

// culprit finds the entry for which clientcmd does not load the file, and its
// line, where one entry alone is at fault.
func (d *doc) culprit(err error) error {
	if line := controlLine(d.src); line > 0 {
		return &syntaxError{line: line, msg: "a control character is not allowed in YAML"}
	}
	for i := range d.sec {
		for _, it := range d.sec[i].items {
			if d.parser.whole || it.sure {
				continue
			}
			if _, err := d.load(d.alone(it)); err != nil {
				return d.parser.errorAt(it.node.start, "the %s entry %q does not load: %w", bodyKeys[i], it.name, err)
			}
		}
	}
	return fmt.Errorf("the file does not load as a kubeconfig: %w", err)
}

// alone returns the file with one item only.
func (d *doc) alone(it *item) string {
	e := &editor{doc: d}
	for i := range d.sec {
		if s := &d.sec[i]; len(s.items) > 0 {
			e.dropItems(s.value, func(_ int, n *node) bool { return n != it.node })
		}
	}
	text, err := e.apply()
	if err != nil {
		return ""
	}
	return string(text)
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

// compareOurs makes sure that clientcmd reads back what was asked for.
func (c *checker) compareOurs(cfg *api.Config) error {
	for i := range c.want {
		for name, t := range c.want[i] {
			if !t.loaded(cfg) {
				return errHurt("the %s entry %q would not say what it must", bodyKeys[i], name)
			}
		}
	}
	return nil
}
