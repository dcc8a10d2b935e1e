package kubeconfig

import (
	"errors"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig/internal/yamlspan"
)

// Merge adds entries to the kubeconfig in data, or updates those that an
// earlier login made, and makes the context that was asked for as use current
// ("" leaves it). nil data is a file that does not exist yet, which for
// Remove is not an empty one. It returns the new bytes and, in the order of
// entries, the logins with the names they have in the file. When nothing
// changes the returned bytes equal data.
//
// A cluster made anew under an old name (same project, region and cloud,
// another UUID) takes over the entry. A name held by anything else is an
// error. A file that does not parse, that two entries of one name
// make ambiguous, or that cannot be edited safely is refused with the line.
func Merge(data []byte, entries []Entry, use string) ([]byte, []Owned, error) {
	return merge(data, entries, use, nil)
}

// merge is Merge that also notes the current contexts that other files had.
func merge(data []byte, entries []Entry, use string, elsewhere map[string]string) ([]byte, []Owned, error) {
	d, err := openDocument(data)
	if err != nil {
		return nil, nil, err
	}
	m := &merger{editor: editor{document: d}, isNew: data == nil, elsewhere: elsewhere}
	for _, e := range entries {
		if err := m.addLogin(e); err != nil {
			return nil, nil, err
		}
	}
	if err := m.chooseCurrent(use); err != nil {
		return nil, nil, err
	}
	if len(m.wanted) == 0 && m.current == nil {
		return data, nil, nil
	}
	out, after, err := m.editText()
	if err != nil {
		return nil, nil, err
	}
	return out, m.loginsIn(after), nil
}

// setCurrent writes the name of a context that is in another file.
func setCurrent(data []byte, name string) ([]byte, error) {
	d, err := openDocument(data)
	if err != nil {
		return nil, err
	}
	m := &merger{editor: editor{document: d}, current: &name}
	out, _, err := m.editText()
	return out, err
}

// merger works out what a login changes.
type merger struct {
	editor
	isNew   bool // there was no file
	wanted  []*wanted
	parts   [][3]*wanted // of each login
	current *string      // the new current context

	elsewhere map[string]string // see journal
}

// addLogin decides where one login goes.
func (m *merger) addLogin(e Entry) error {
	for i, name := range []string{e.Cluster, e.Context, e.User} {
		if err := checkName(bodyKeys[i], name); err != nil {
			return err
		}
	}
	if e.Server == "" {
		return errors.New("the cluster has no server address")
	}
	e.Owner = e.identified()
	var p [3]*wanted
	var err error
	ctx := m.findOurs(contexts, e.Context, e.Owner, sameIdentityOrAnew)
	if p[clusters], err = m.wantPart(clusters, e.Cluster, ctx, e, sameClusterOrAnew); err != nil {
		return err
	}
	if p[users], err = m.wantPart(users, e.User, ctx, e, sameIdentityOrAnew); err != nil {
		return err
	}
	if p[contexts], err = m.want(contexts, e.Context, ctx, e, sameIdentityOrAnew); err != nil {
		return err
	}
	p[clusters].body, p[clusters].drop = e.clusterBody(), []string{"certificate-authority-data"}
	if e.NoProxy {
		p[clusters].drop = append(p[clusters].drop, "proxy-url")
	}
	p[users].body, p[users].drop = e.userBody(), credentialKeys
	p[contexts].body = e.contextBody(p[clusters].name, p[users].name)
	m.parts = append(m.parts, p)
	return nil
}

// wantPart finds the cluster or user of a login: the one its context names, when
// that is ours, else by name.
func (m *merger) wantPart(kind int, name string, ctx *item, e Entry, match matcher) (*wanted, error) {
	if ctx != nil {
		if it := m.sections[kind].byName[ctx.ref(kind)]; it != nil && it.rec != nil && match(it.rec.Owner, e.Owner) {
			return m.want(kind, name, it, e, match)
		}
	}
	return m.want(kind, name, m.findOurs(kind, name, e.Owner, match), e, match)
}

// want returns the entry to write: it, or a new one called name unless that
// name is taken.
func (m *merger) want(kind int, name string, it *item, e Entry, match matcher) (*wanted, error) {
	for _, w := range m.wanted {
		if w.kind != kind || !(w.old == it && it != nil || it == nil && w.name == name) {
			continue
		}
		if kind == contexts || !match(w.rec.Owner, e.Owner) {
			return nil, collision(kind, name, w.rec)
		}
		return w, nil
	}
	w := &wanted{kind: kind, name: name, old: it, rec: &record{Owner: e.Owner, Name: name}}
	if kind == clusters {
		w.rec.Owner = e.Owner.withoutUser()
	}
	if it != nil {
		w.name = it.name
		w.rec.Restore = it.rec.Restore
	} else if other := m.sections[kind].byName[name]; other != nil {
		return nil, collision(kind, name, other.rec)
	}
	m.wanted = append(m.wanted, w)
	return w, nil
}

// collision is the error about a name that an entry with rec (nil: not ours) has.
func collision(kind int, name string, rec *record) error {
	hint, by := "choose another name with --context NAME", "an entry that this program did not make"
	if rec != nil {
		hint, by = hint+", or log out of the other one first", "another login"
	}
	return clierr.Errorf(hint, "the %s name %s is taken by %s", bodyKeys[kind], yamlspan.Quote(name), by)
}

// chooseCurrent finds the name, in the file, of the context that becomes current.
func (m *merger) chooseCurrent(use string) error {
	if use == "" {
		return nil
	}
	for _, p := range m.parts {
		if p[contexts].rec.Name == use {
			m.current = &p[contexts].name
			return nil
		}
	}
	if !m.has(contexts, use) {
		return noContext(use)
	}
	m.current = &use
	return nil
}

func noContext(name string) error {
	return clierr.Errorf("list them: kubectl config get-contexts", "there is no context %q in the kubeconfig", name)
}

// editText turns what is wanted into changes of the text, and returns the result
// once it is checked.
func (m *merger) editText() ([]byte, *document, error) {
	m.setJournal()
	var added [3][]obj
	for _, w := range m.wanted {
		if w.old != nil {
			m.updateMembers(w.old.body, w.body, w.drop)
			m.setRecord(w.old.body, w.rec)
			continue
		}
		o := obj{{bodyKeys[w.kind], w.body.withExtension(w.rec)}, {"name", w.name}}
		if w.kind == users {
			slices.Reverse(o) // as kubectl sorts them
		}
		added[w.kind] = append(added[w.kind], o)
	}
	var top obj // top-level members to add
	if m.Root == nil {
		top = append(top, field{"apiVersion", "v1"}, field{"kind", "Config"})
	}
	for i, items := range added {
		s := &m.sections[i]
		switch {
		case s.key == nil && (len(items) > 0 || m.Root == nil):
			top = append(top, field{sectionKeys[i], items})
		case len(items) > 0:
			m.addItems(m.Root, yamlspan.Member{Key: s.key, Value: s.value}, items)
		}
	}
	if m.current != nil {
		if cur := m.Root.Get("current-context"); cur.Key == nil {
			top = append(top, field{"current-context", *m.current})
		} else if m.document.current() != *m.current {
			m.setValue(m.Root, cur, *m.current)
		}
	}
	m.addTop(top)
	out, err := m.apply()
	if err != nil {
		return nil, nil, err
	}
	c := checker{old: m.document, current: m.current, wanted: m.wanted}
	after, err := c.check(out)
	return out, after, err
}

// addTop adds top-level members after the first one, which is nearly always
// apiVersion, or before it when it has more than one line.
func (m *merger) addTop(top obj) {
	switch {
	case len(top) == 0:
	case m.Root == nil:
		m.insertLines(len(m.Src), top.lines(0))
	case m.Root.Flow:
		m.addFlow(m.Root, flowMembers(top))
	default:
		first := m.Root.Members()[0]
		at := m.lineStart(first.Key.Outer)
		if first.Value.Kind == yamlspan.Scalar && first.Value.Style != yamlspan.Block || strings.TrimSpace(m.Src[at:first.Key.Outer]) != "" {
			at = m.lineEnd(first.Value.End)
		}
		m.insertLines(at, top.lines(m.Root.Col))
	}
}

// setJournal notes, in one context of ours, what this login replaces or adds
// around the entries.
func (m *merger) setJournal() {
	if len(m.parts) == 0 {
		return
	}
	holder := m.journalHolder()
	var old *journal
	if holder != nil {
		old = holder.rec.Restore
	}
	j := m.extendJournal(old)
	if j.empty() {
		return
	}
	for _, w := range m.wanted {
		if w.kind == contexts && (holder == nil || w.old == holder) {
			w.rec.Restore = j
			return
		}
	}
	rec := *holder.rec
	rec.Restore = j
	m.setRecord(holder.body, &rec)
}

// extendJournal returns old with what this login replaces or adds.
func (m *merger) extendJournal(old *journal) *journal {
	j := old.clone()
	if m.Root == nil {
		j.Absent = m.isNew
		j.Missing = []string{"apiVersion", "kind"}
	}
	for i, key := range sectionKeys {
		if !slices.ContainsFunc(m.wanted, func(w *wanted) bool { return w.kind == i && w.old == nil }) {
			continue
		}
		s := &m.sections[i]
		switch {
		case s.key == nil:
			j.Missing = append(j.Missing, key)
		case s.value.Kind == yamlspan.Sequence && (!s.value.Flow || m.inBrackets(m.Root, s.value)):
		default:
			j.Text[key] = m.Src[m.colonEnd(s.key):s.value.End]
		}
	}
	m.journalCurrent(j)
	for path, text := range m.elsewhere {
		if _, ok := j.Elsewhere[path]; !ok {
			j.Elsewhere[path] = text
		}
	}
	return j
}

// journalCurrent notes the current context that this login takes over from.
// One of ours is noted once only, at its latest place.
func (m *merger) journalCurrent(j *journal) {
	if m.current == nil || m.Root != nil && m.document.current() == *m.current {
		return
	}
	cur := m.Root.Get("current-context")
	if cur.Key == nil {
		if !slices.Contains(j.Missing, "current-context") {
			j.Missing = append(j.Missing, "current-context")
		}
		return
	}
	text := m.Src[m.colonEnd(cur.Key):cur.Value.End]
	j.Current = slices.DeleteFunc(j.Current, func(s string) bool {
		return valueText(s) == *m.current || s == text
	})
	j.Current = append(j.Current, text)
}

// loginsIn returns the logins of this merge as they are in the file after it.
func (m *merger) loginsIn(after *document) []Owned {
	byContext := map[string]Owned{}
	for _, o := range after.logins() {
		if o.Context != "" {
			byContext[o.Context] = o
		}
	}
	var list []Owned
	for _, p := range m.parts {
		list = append(list, byContext[p[contexts].name])
	}
	return list
}
