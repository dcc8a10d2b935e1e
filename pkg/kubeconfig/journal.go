package kubeconfig

import "slices"

// holder returns the context of ours that carries the journal, nil when none does.
func (d *doc) holder() *item {
	for _, it := range d.sec[contexts].items {
		if it.rec != nil && !it.rec.Restore.empty() {
			return it
		}
	}
	return nil
}

// setJournal notes, in one context of ours, what this login replaces or adds
// around the entries.
func (m *merger) setJournal() {
	if len(m.logins) == 0 {
		return
	}
	holder := m.holder()
	var old *journal
	if holder != nil {
		old = holder.rec.Restore
	}
	j := m.journal(old)
	if j.empty() {
		return
	}
	for _, t := range m.targets {
		if t.kind == contexts && (holder == nil || t.old == holder) {
			t.rec.Restore = j
			return
		}
	}
	rec := *holder.rec
	rec.Restore = j
	m.setRecord(holder.body, &rec)
}

func (m *merger) journal(old *journal) *journal {
	j := old.clone()
	if m.root == nil {
		j.Absent = m.fresh
		j.Missing = []string{"apiVersion", "kind"}
	}
	for i, key := range sectionKeys {
		if !slices.ContainsFunc(m.targets, func(t *target) bool { return t.kind == i && t.old == nil }) {
			continue
		}
		s := &m.sec[i]
		switch {
		case s.key == nil:
			j.Missing = append(j.Missing, key)
		case s.value.kind == sequence && (!s.value.flow || m.inBrackets(m.root, s.value)):
		default:
			j.Text[key] = m.src[m.colonEnd(s.key):s.value.end]
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
	if m.current == nil || m.root != nil && m.doc.current() == *m.current {
		return
	}
	cur := m.root.get(m.src, "current-context")
	if cur.key == nil {
		if !slices.Contains(j.Missing, "current-context") {
			j.Missing = append(j.Missing, "current-context")
		}
		return
	}
	text := m.src[m.colonEnd(cur.key):cur.value.end]
	j.Current = slices.DeleteFunc(j.Current, func(s string) bool {
		v := valueText(s)
		return v == *m.current || s == text
	})
	j.Current = append(j.Current, text)
}

// ours reports whether a context of ours has this name.
func (d *doc) ours(name string) bool {
	it := d.sec[contexts].byName[name]
	return it != nil && it.rec != nil
}

// valueText reads the scalar that stood after a colon.
func valueText(s string) string {
	p, err := parse("k: " + s)
	if err != nil || p.root == nil {
		return ""
	}
	return p.root.get(p.src, "k").value.text(p.src)
}
