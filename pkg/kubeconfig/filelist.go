package kubeconfig

import (
	"context"
	"errors"
	"fmt"
	"slices"
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
	if use == "" {
		return p, nil
	}
	known := slices.ContainsFunc(entries, func(e Entry) bool { return e.Context == use }) ||
		slices.ContainsFunc(members, func(m listed) bool { return m.doc != nil && m.doc.has(contexts, use) })
	if !known {
		return plan{}, noContext(use)
	}
	p.current, err = f.currentPath(members)
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
