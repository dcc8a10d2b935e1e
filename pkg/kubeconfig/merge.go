package kubeconfig

import (
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

func encode(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// Merge adds entries to the kubeconfig in data, or updates those that an
// earlier login made, and makes the context that was asked for as use current
// ("" leaves it). nil data is a file that does not exist yet, which Remove can
// tell from an empty one. It returns the new bytes and, in the order of
// entries, the logins with the names they have in the file. When nothing
// changes the returned bytes equal data.
//
// A cluster made anew under an old name (same project, region and cloud,
// another UUID) takes over the entry. A name held by anything else is a
// *CollisionError. A file that does not parse, that two entries of one name
// make ambiguous, or that cannot be edited safely is refused with the line.
func Merge(data []byte, entries []Entry, use string) ([]byte, []Owned, error) {
	return merge(data, entries, use, nil)
}

// merge is Merge that also notes the current contexts that other files had.
func merge(data []byte, entries []Entry, use string, elsewhere map[string]string) ([]byte, []Owned, error) {
	d, err := open(data)
	if err != nil {
		return nil, nil, err
	}
	m := &merger{editor: editor{doc: d}, fresh: data == nil, elsewhere: elsewhere}
	for _, e := range entries {
		if err := m.entry(e); err != nil {
			return nil, nil, err
		}
	}
	if err := m.use(use); err != nil {
		return nil, nil, err
	}
	if len(m.targets) == 0 && m.current == nil {
		return data, nil, nil
	}
	m.write()
	out, err := m.apply()
	if err != nil {
		return nil, nil, err
	}
	after, err := m.check(out)
	if err != nil {
		return nil, nil, err
	}
	return out, m.result(after), nil
}

// merger works out what a login changes.
type merger struct {
	editor
	fresh   bool // there was no file
	targets []*target
	logins  [][3]*target
	current *string // the new current context

	elsewhere map[string]string // see journal
}

// entry decides where one login goes.
func (m *merger) entry(e Entry) error {
	for i, name := range []string{e.Cluster, e.Context, e.User} {
		if err := checkName(bodyKeys[i], name); err != nil {
			return err
		}
	}
	if e.Server == "" {
		return errors.New("the cluster has no server address")
	}
	e.Owner = e.identified()
	var t [3]*target
	var err error
	ctx := m.known(contexts, e.Context, e.Owner, sameIdentityOrAnew)
	for i, name := range [3]string{clusters: e.Cluster, users: e.User} {
		if i == contexts {
			continue
		}
		match := sameIdentityOrAnew
		if i == clusters {
			match = sameClusterOrAnew
		}
		if t[i], err = m.part(i, name, ctx, e, match); err != nil {
			return err
		}
	}
	if t[contexts], err = m.target(contexts, e.Context, ctx, e, sameIdentityOrAnew); err != nil {
		return err
	}
	t[clusters].want, t[clusters].drop = e.clusterBody(), []string{"certificate-authority-data"}
	if e.NoProxy {
		t[clusters].drop = append(t[clusters].drop, "proxy-url")
	}
	t[users].want, t[users].drop = e.userBody(), credentialKeys
	t[contexts].want = e.contextBody(t[clusters].name, t[users].name)
	m.logins = append(m.logins, t)
	return nil
}

// use decides about the current context.
func (m *merger) use(name string) error {
	if name == "" {
		return nil
	}
	for _, t := range m.logins {
		if t[contexts].rec.Name == name {
			name = t[contexts].name
			m.current = &name
			return nil
		}
	}
	if m.sec[contexts].byName[name] == nil {
		return noContext(name)
	}
	m.current = &name
	return nil
}

func noContext(name string) error {
	return clierr.Errorf("list them: kubectl config get-contexts", "there is no context %q in the kubeconfig", name)
}

// write turns the targets into changes of the text.
func (m *merger) write() {
	m.setJournal()
	var added [3][]obj
	for _, t := range m.targets {
		if t.old != nil {
			m.update(t.old.body, t.want, t.drop)
			m.setRecord(t.old.body, t.rec)
			continue
		}
		o := obj{{bodyKeys[t.kind], t.want.withExtension(t.rec)}, {"name", t.name}}
		if t.kind == users {
			slices.Reverse(o) // as kubectl sorts them
		}
		added[t.kind] = append(added[t.kind], o)
	}
	var top obj // top-level members to add
	if m.root == nil {
		top = append(top, field{"apiVersion", "v1"}, field{"kind", "Config"})
	}
	for i, items := range added {
		s := &m.sec[i]
		switch {
		case s.key == nil && (len(items) > 0 || m.root == nil):
			top = append(top, field{sectionKeys[i], items})
		case len(items) > 0:
			m.addItems(m.root, member{s.key, s.value}, items)
		}
	}
	if m.current != nil {
		if cur := m.root.get(m.src, "current-context"); cur.key == nil {
			top = append(top, field{"current-context", *m.current})
		} else if m.doc.current() != *m.current {
			m.setValue(m.root, cur, *m.current)
		}
	}
	m.addTop(top)
}

// addTop adds top-level members after the first one, which is nearly always
// apiVersion, or before it when it is no plain line.
func (m *merger) addTop(top obj) {
	switch {
	case len(top) == 0:
	case m.root == nil:
		m.insertLines(len(m.src), top.lines(0))
	case m.root.flow:
		m.addFlow(m.root, flowMembers(top))
	default:
		first := m.root.members()[0]
		at := m.lineStart(first.key.outer)
		if first.value.kind == scalar && first.value.style != block || strings.TrimSpace(m.src[at:first.key.outer]) != "" {
			at = m.lineEnd(first.value.end)
		}
		m.insertLines(at, top.lines(m.root.col))
	}
}

// check refuses a result that changes anything but entries of ours.
func (m *merger) check(out []byte) (*doc, error) {
	c := checker{old: m.doc, edits: m.done, current: m.current}
	for i := range c.want {
		c.want[i] = map[string]*target{}
	}
	for _, t := range m.targets {
		c.want[t.kind][t.name] = t
	}
	return c.check(out)
}
