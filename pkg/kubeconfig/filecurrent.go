package kubeconfig

import (
	"context"
	"slices"
	"strings"
)

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
