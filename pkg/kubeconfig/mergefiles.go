package kubeconfig

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Merge writes entries, each into the file where it already lives, else where
// kubectl would write, and switches the current context to use ("" leaves it).
// All entries for one file make one write. Owned.Path names the file of each.
// Changes lists the files that were replaced, none when all was so already.
//
// What goes where is worked out before the locks are taken, so that files which
// are not written are not locked, and again under the locks.
func (f Files) Merge(ctx context.Context, entries []Entry, use string) ([]Change, []Owned, error) {
	for range attempts {
		first, err := f.planMerge(entries, use)
		if err != nil {
			return nil, nil, err
		}
		logins := make([]Owned, len(entries))
		changes, err := f.lockedUntilApplied(ctx, first.paths(), func(s *session) error {
			now, err := f.planMerge(entries, use)
			if err != nil {
				return err
			}
			if !slices.Equal(now.paths(), first.paths()) {
				return errMoved
			}
			m := fileMerge{s, now, entries, use, logins}
			return m.carryOut()
		}, func() bool { return allPresent(logins) })
		if errors.Is(err, errMoved) {
			continue
		}
		if err != nil {
			return changes, nil, err
		}
		return changes, logins, nil
	}
	return nil, nil, fmt.Errorf("merging into the kubeconfig: %w", errChanged)
}

// errMoved is returned when entries moved between files while the locks were taken.
var errMoved = errors.New("the files of KUBECONFIG changed meanwhile")

// mergePlan is what a login does to each file.
type mergePlan struct {
	into    map[string][]int // path to the entries that go there, by index
	current string           // the file whose current-context is switched, "" for none
	apart   bool             // the context that becomes current is in another file
}

// paths lists the files that may be written, always in the same order.
func (p mergePlan) paths() []string {
	list := slices.Sorted(maps.Keys(p.into))
	if p.current != "" && !slices.Contains(list, p.current) {
		list = append(list, p.current)
		slices.Sort(list)
	}
	return list
}

// listed is a member of the list that could be read.
type listed struct {
	path string
	doc  *document // nil: no such file
}

// planMerge finds for each entry the file where it lives, else where kubectl would
// write, and refuses a name that another file of the list has: kubectl would
// see only one of the two. Where there is one file, everything goes there.
func (f Files) planMerge(entries []Entry, use string) (mergePlan, error) {
	p := mergePlan{into: map[string][]int{}}
	if len(f.Paths) == 1 {
		p.into[f.Paths[0]] = nil
		for i := range entries {
			p.into[f.Paths[0]] = append(p.into[f.Paths[0]], i)
		}
		if use != "" {
			p.current = f.Paths[0]
		}
		return p, nil
	}
	members, err := f.readMembers()
	if err != nil {
		return p, err
	}
	for i, e := range entries {
		var home string
		if m := slices.IndexFunc(members, func(m listed) bool { return m.doc != nil && m.doc.holdsPartOf(e) }); m >= 0 {
			home = members[m].path
		} else if home, err = f.defaultPath(members); err != nil {
			return p, err
		}
		if err := checkOtherFiles(members, home, e); err != nil {
			return p, err
		}
		p.into[home] = append(p.into[home], i)
	}
	if use == "" {
		return p, nil
	}
	isUse := func(e Entry) bool { return e.Context == use }
	if !slices.ContainsFunc(entries, isUse) &&
		!slices.ContainsFunc(members, func(m listed) bool { return m.doc != nil && m.doc.has(contexts, use) }) {
		return p, noContext(use)
	}
	p.current, err = f.currentPath(members)
	p.apart = !slices.ContainsFunc(p.into[p.current], func(i int) bool { return isUse(entries[i]) })
	return p, err
}

// readMembers reads the files of the list. One that cannot be read is skipped
// with a warning: kubectl will say more about it.
func (f Files) readMembers() ([]listed, error) {
	var list []listed
	var last error
	for _, path := range f.Paths {
		d, err := readDocument(path)
		if err != nil {
			last = err
			f.warn("%v", err)
			continue
		}
		list = append(list, listed{path, d})
	}
	if len(list) == 0 {
		return nil, last
	}
	return list, nil
}

// holdsPartOf reports whether some part of e's login is in d.
func (d *document) holdsPartOf(e Entry) bool {
	owner := e.identified()
	return d.findOurs(contexts, e.Context, owner, sameIdentityOrAnew) != nil ||
		d.findOurs(clusters, e.Cluster, owner, sameClusterOrAnew) != nil ||
		d.findOurs(users, e.User, owner, sameIdentityOrAnew) != nil
}

// checkOtherFiles refuses a name of e that a file other than home has.
func checkOtherFiles(members []listed, home string, e Entry) error {
	for _, m := range members {
		if m.doc == nil || m.path == home {
			continue
		}
		for i, name := range [3]string{clusters: e.Cluster, contexts: e.Context, users: e.User} {
			if it := m.doc.sections[i].byName[name]; it != nil {
				return aboutFile(m.path, collision(i, name, it.rec))
			}
		}
	}
	return nil
}

// defaultPath returns where kubectl writes a new entry: the first file of the
// list that exists, else the last. A file that cannot be written is skipped.
func (f Files) defaultPath(members []listed) (string, error) {
	for _, m := range members {
		if m.doc == nil {
			continue
		}
		if writable(m.path) {
			return m.path, nil
		}
		f.warn("%q is not writable: passing it over", m.path)
	}
	for _, m := range slices.Backward(members) {
		if m.doc == nil {
			return m.path, nil
		}
	}
	return "", errors.New("no file of KUBECONFIG can be written")
}

// currentPath returns the file whose current-context kubectl goes by: the first
// that has one, else where it would write one.
func (f Files) currentPath(members []listed) (string, error) {
	for _, m := range members {
		if m.doc != nil && m.doc.current() != "" {
			return m.path, nil
		}
	}
	return f.defaultPath(members)
}

// fileMerge carries out a plan under the locks.
type fileMerge struct {
	*session
	mergePlan
	entries []Entry
	use     string
	logins  []Owned // filled in as they are in the files then
}

// carryOut writes the entries first and the current context last, so that it
// never names a context that is not there.
func (m *fileMerge) carryOut() error {
	var elsewhere map[string]string
	if m.apart {
		before, err := m.currentText()
		if err != nil {
			return err
		}
		elsewhere = map[string]string{m.current: before}
	}
	name := m.use
	for _, path := range m.paths() {
		if path == m.current {
			continue
		}
		if err := m.mergeInto(path, "", elsewhere); err != nil {
			return err
		}
		for _, i := range m.into[path] {
			if m.entries[i].Context == m.use {
				name = m.logins[i].Context
			}
		}
	}
	switch {
	case m.current == "":
		return nil
	case m.apart:
		return m.switchCurrent(name)
	}
	return m.mergeInto(m.current, m.use, nil)
}

// currentText returns what stands after current-context's colon, which the file
// with the context that becomes current has to remember for it.
func (m *fileMerge) currentText() (string, error) {
	data, err := m.load(m.current)
	if err != nil {
		return "", err
	}
	d, err := openDocument(data)
	if err != nil {
		return "", aboutFile(m.current, err)
	}
	e := &editor{document: d}
	current := d.Root.Get("current-context")
	if current.Key == nil {
		return noKey, nil
	}
	return d.Src[e.colonEnd(current.Key):current.Value.End], nil
}

// mergeInto merges the entries that go into one file.
func (m *fileMerge) mergeInto(path, use string, elsewhere map[string]string) error {
	data, err := m.load(path)
	if err != nil {
		return err
	}
	out, err := m.mergeBytes(data, path, use, elsewhere)
	if err != nil {
		return aboutFile(path, err)
	}
	return m.store(path, out)
}

func (m *fileMerge) mergeBytes(data []byte, path, use string, elsewhere map[string]string) ([]byte, error) {
	var entries []Entry
	for _, i := range m.into[path] {
		entries = append(entries, m.entries[i])
	}
	out, list, err := merge(data, entries, use, elsewhere)
	for k, o := range list {
		o.Path = path
		m.logins[m.into[path][k]] = o
	}
	return out, err
}

// switchCurrent sets the current context in a file of the list that does not
// hold the context itself, along with the entries that go there.
func (m *fileMerge) switchCurrent(name string) error {
	data, err := m.load(m.current)
	if err != nil {
		return err
	}
	out, err := m.mergeBytes(data, m.current, "", nil)
	if err == nil {
		out, err = setCurrent(out, name)
	}
	if err != nil {
		return aboutFile(m.current, err)
	}
	for i := range m.logins {
		m.logins[i].Current = m.logins[i].Context == name
	}
	return m.store(m.current, out)
}
