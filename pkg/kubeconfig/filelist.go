package kubeconfig

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// plan says what a login does to the members of a KUBECONFIG list.
type plan struct {
	into    map[string][]int // path to the entries that go there, by index
	current string           // the file whose current-context is switched, "" for none
}

func (p plan) paths() []string {
	var list []string
	for path := range p.into {
		list = append(list, path)
	}
	if p.current != "" && !slices.Contains(list, p.current) {
		list = append(list, p.current)
	}
	slices.Sort(list)
	return list
}

// mergeList merges into a list of files. What goes where is worked out before
// the locks are taken, so that files which are not written are not locked, and
// again under the locks.
func (f Files) mergeList(ctx context.Context, entries []Entry, use string) ([]Change, []Owned, error) {
	for range attempts {
		first, err := f.plan(entries, use)
		if err != nil {
			return nil, nil, err
		}
		owned := make([]Owned, len(entries))
		changes, err := f.lasting(ctx, first.paths(), func(s *session) error {
			now, err := f.plan(entries, use)
			if err != nil {
				return err
			}
			if !slices.Equal(now.paths(), first.paths()) {
				return errMoved
			}
			return s.carryOut(now, entries, use, owned)
		}, func() bool { return present(owned) })
		if errors.Is(err, errMoved) {
			continue
		}
		if err != nil {
			return changes, nil, err
		}
		return changes, owned, nil
	}
	return nil, nil, fmt.Errorf("merging into the kubeconfig: %w", errChanged)
}

// errMoved says that entries moved between files while the locks were taken.
var errMoved = errors.New("the files of KUBECONFIG changed meanwhile")

// carryOut writes the entries first and the current context last, so that it
// never names a context that is not there.
func (s *session) carryOut(p plan, entries []Entry, use string, owned []Owned) error {
	elsewhere, err := s.currentBefore(p, entries, use)
	if err != nil {
		return err
	}
	name := use
	for _, path := range p.paths() {
		if path == p.current {
			continue
		}
		if err := s.mergeInto(path, p.into[path], entries, "", elsewhere, owned); err != nil {
			return err
		}
		for _, i := range p.into[path] {
			if entries[i].Context == use {
				name = owned[i].Context
			}
		}
	}
	if p.current == "" {
		return nil
	}
	if elsewhere == nil {
		return s.mergeInto(p.current, p.into[p.current], entries, use, nil, owned)
	}
	return s.switchCurrent(p, name, entries, owned)
}

// mergeInto merges the entries with the given indexes into one file.
func (s *session) mergeInto(path string, indexes []int, entries []Entry, use string, elsewhere map[string]string, owned []Owned) error {
	data, err := s.load(path)
	if err != nil {
		return err
	}
	out, err := mergeSome(data, path, indexes, entries, use, elsewhere, owned)
	if err != nil {
		return about(path, err)
	}
	return s.store(path, out)
}

func mergeSome(data []byte, path string, indexes []int, entries []Entry, use string, elsewhere map[string]string, owned []Owned) ([]byte, error) {
	var own []Entry
	for _, i := range indexes {
		own = append(own, entries[i])
	}
	out, list, err := merge(data, own, use, elsewhere)
	for k, o := range list {
		o.Path = path
		owned[indexes[k]] = o
	}
	return out, err
}

// currentBefore returns what the file whose current context will be switched
// has there, when the context itself goes into another file: then that one has
// to remember it. It is nil when the file remembers by itself.
func (s *session) currentBefore(p plan, entries []Entry, use string) (map[string]string, error) {
	if p.current == "" || slices.ContainsFunc(p.into[p.current], func(i int) bool { return entries[i].Context == use }) {
		return nil, nil
	}
	data, err := s.load(p.current)
	if err != nil {
		return nil, err
	}
	d, err := open(data)
	if err != nil {
		return nil, about(p.current, err)
	}
	e := &editor{doc: d}
	m := d.root.get(d.src, "current-context")
	if m.key == nil {
		return map[string]string{p.current: noKey}, nil
	}
	return map[string]string{p.current: strings.Clone(d.src[e.colonEnd(m.key):m.value.end])}, nil
}

// switchCurrent sets the current context in a file of the list that does not
// hold the context itself, along with the entries that go there.
func (s *session) switchCurrent(p plan, name string, entries []Entry, owned []Owned) error {
	data, err := s.load(p.current)
	if err != nil {
		return err
	}
	out, err := mergeSome(data, p.current, p.into[p.current], entries, "", nil, owned)
	if err != nil {
		return about(p.current, err)
	}
	if out, err = setCurrent(out, name); err != nil {
		return about(p.current, err)
	}
	for i := range owned {
		owned[i].Current = owned[i].Context == name
	}
	return s.store(p.current, out)
}

// setCurrent writes the name of a context that is in another file.
func setCurrent(data []byte, name string) ([]byte, error) {
	d, err := open(data)
	if err != nil {
		return nil, err
	}
	m := &merger{editor: editor{doc: d}, current: &name}
	m.write()
	out, err := m.apply()
	if err != nil {
		return nil, err
	}
	_, err = m.check(out)
	return out, err
}

// resetCurrent puts back what stood after current-context's colon.
func resetCurrent(data []byte, text string) ([]byte, error) {
	d, err := open(data)
	if err != nil {
		return nil, err
	}
	m := d.root.get(d.src, "current-context")
	if m.key == nil {
		return data, nil
	}
	r := &remover{editor: editor{doc: d}, dropCur: text == noKey}
	if text != noKey {
		r.current = &text
	}
	r.cut()
	out, err := r.apply()
	if err != nil {
		return nil, err
	}
	return out, r.check(out)
}

// leaveCurrent sees to the files of a list whose current context was removed
// from another one.
func (f Files) leaveCurrent(ctx context.Context, gone []Owned) ([]Change, error) {
	var all []Change
	for _, path := range f.Paths {
		m, err := readMember(path)
		if err != nil || m.doc == nil || m.doc.root == nil {
			continue // told already, or nothing there
		}
		name := m.doc.current()
		i := slices.IndexFunc(gone, func(o Owned) bool { return o.Context == name && name != "" && o.Path != path })
		if i < 0 || m.doc.sec[contexts].byName[name] != nil {
			continue
		}
		text, ok := gone[i].elsewhere[path]
		if !ok {
			text = ` ""`
		}
		change, err := f.Update(ctx, path, func(data []byte) ([]byte, error) { return resetCurrent(data, text) })
		if err != nil {
			return all, err
		}
		if change.Path != "" {
			all = append(all, change)
		}
	}
	return all, nil
}

// listed is a member of the list that could be read.
type listed struct {
	path string
	doc  *doc // nil: no such file
}

// plan finds for each entry the file where it lives, else where kubectl would
// write, and refuses a name that another file of the list has: kubectl would
// see only one of the two.
func (f Files) plan(entries []Entry, use string) (plan, error) {
	members, err := f.members()
	if err != nil {
		return plan{}, err
	}
	p := plan{into: map[string][]int{}}
	for i, e := range entries {
		home := ""
		for _, m := range members {
			if m.doc != nil && m.doc.holds(e) {
				home = m.path
				break
			}
		}
		if home == "" {
			if home, err = f.defaultPath(members); err != nil {
				return plan{}, err
			}
		}
		if err := clash(members, home, e); err != nil {
			return plan{}, err
		}
		p.into[home] = append(p.into[home], i)
	}
	if use != "" {
		p.current, err = f.currentPath(members)
	}
	return p, err
}

// members reads the files of the list. One that cannot be read is passed over
// with a warning: kubectl will say more about it.
func (f Files) members() ([]listed, error) {
	var list []listed
	var last error
	for _, path := range f.Paths {
		var m listed
		err := patiently(func() (err error) {
			m, err = readMember(path)
			return err
		})
		if err != nil {
			last = err
			f.warn("%v", err)
			continue
		}
		list = append(list, m)
	}
	if len(list) == 0 {
		return nil, last
	}
	return list, nil
}

func readMember(path string) (listed, error) {
	names, err := resolve(path)
	if err != nil {
		return listed{}, err
	}
	c, err := read(names[len(names)-1])
	if err != nil {
		return listed{}, err
	}
	if c.data == nil {
		return listed{path: path}, nil
	}
	d, err := open(c.data)
	if err != nil {
		return listed{}, about(path, err)
	}
	return listed{path: path, doc: d}, nil
}

// holds reports whether some part of e's login is in d.
func (d *doc) holds(e Entry) bool {
	m := &merger{editor: editor{doc: d}}
	e.Owner = e.identified()
	return m.known(contexts, e.Context, e.Owner, sameIdentityOrAnew) != nil ||
		m.known(clusters, e.Cluster, e.Owner, sameClusterOrAnew) != nil ||
		m.known(users, e.User, e.Owner, sameIdentityOrAnew) != nil
}

func clash(members []listed, home string, e Entry) error {
	for _, m := range members {
		if m.doc == nil || m.path == home {
			continue
		}
		for i, name := range [3]string{clusters: e.Cluster, contexts: e.Context, users: e.User} {
			if it := m.doc.sec[i].byName[name]; it != nil {
				var owner *Owner
				if it.rec != nil {
					owner = &it.rec.Owner
				}
				return about(m.path, collision(i, name, owner))
			}
		}
	}
	return nil
}

// defaultPath returns where kubectl writes a new entry: the first file of the
// list that exists, else the last. A file that cannot be written is passed over.
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
		if m.doc != nil && m.doc.root != nil && m.doc.current() != "" {
			return m.path, nil
		}
	}
	return f.defaultPath(members)
}
