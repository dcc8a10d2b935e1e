package kubeconfig

import (
	"slices"
	"strings"
)

// Remove takes out the logins that which chooses and returns the new bytes and
// what was taken out. A cluster or user that a remaining login needs stays.
// When nobody edited the file in between, the bytes are those from before the
// login; nil bytes (not merely empty) say that there was no file.
func Remove(data []byte, which func(Owned) bool) ([]byte, []Owned, error) {
	d, err := open(data)
	if err != nil {
		return nil, nil, err
	}
	var gone, rest []Owned
	for _, o := range d.owned() {
		if which(o) {
			gone = append(gone, o)
		} else {
			rest = append(rest, o)
		}
	}
	if len(gone) == 0 {
		return data, nil, nil
	}
	r := &remover{editor: editor{doc: d}}
	r.choose(gone, rest)
	r.journal()
	r.cut()
	out, err := r.apply()
	if err != nil {
		return nil, nil, err
	}
	if err := r.check(out); err != nil {
		return nil, nil, err
	}
	if len(out) == 0 && r.restore != nil && r.restore.Absent {
		return nil, gone, nil
	}
	return out, gone, nil
}

// remover works out what a logout changes.
type remover struct {
	editor
	gone    [3]map[string]bool
	last    bool     // no login remains
	restore *journal // what to put back, when last
	current *string  // text after current-context's colon; nil leaves it
	dropCur bool     // the key itself goes
}

// choose names the items that go: those of the chosen logins which no other
// login needs.
func (r *remover) choose(gone, rest []Owned) {
	names := func(o Owned) [3]string { return [3]string{o.Cluster, o.Context, o.User} }
	for i := range r.gone {
		r.gone[i] = map[string]bool{}
		for _, o := range gone {
			if n := names(o)[i]; r.sec[i].byName[n] != nil {
				r.gone[i][n] = true
			}
		}
		for _, o := range rest {
			delete(r.gone[i], names(o)[i])
		}
	}
	r.last = len(rest) == 0
}

// journal decides what is put back, and hands the journal on when the context
// that carries it goes.
func (r *remover) journal() {
	holder := r.holder()
	var old *journal
	if holder != nil {
		old = holder.rec.Restore
	}
	j := old.clone()
	r.pickCurrent(j)
	j.Current = slices.DeleteFunc(j.Current, func(s string) bool { return r.gone[contexts][valueText(s)] })
	if r.last {
		r.restore = j
		return
	}
	if holder != nil && !r.gone[contexts][holder.name] {
		rec := *holder.rec
		rec.Restore = j
		r.setRecord(holder.body, &rec)
		return
	}
	for _, it := range r.sec[contexts].items {
		if it.rec != nil && !r.gone[contexts][it.name] && !j.empty() {
			rec := *it.rec
			rec.Restore = j
			r.setRecord(it.body, &rec)
			return
		}
	}
}

// pickCurrent finds the current context to go back to, when the one there is
// now goes: the latest that a login took over from and that is still there.
func (r *remover) pickCurrent(j *journal) {
	cur := r.root.get(r.src, "current-context")
	if cur.key == nil || !r.gone[contexts][r.doc.current()] {
		return
	}
	for len(j.Current) > 0 {
		last := len(j.Current) - 1
		text := j.Current[last]
		j.Current = j.Current[:last]
		name := valueText(text)
		// The oldest is what the file said before any login, right or wrong.
		oldest := last == 0 && !slices.Contains(j.Missing, "current-context")
		if !r.gone[contexts][name] && (r.sec[contexts].byName[name] != nil || oldest) {
			r.current = &text
			return
		}
	}
	if slices.Contains(j.Missing, "current-context") {
		r.dropCur = true
		return
	}
	text := ` ""`
	r.current = &text
}

// cut turns the decisions into changes of the text.
func (r *remover) cut() {
	var drop []string // top-level keys
	for i := range r.sec {
		if r.cutSection(i) {
			drop = append(drop, sectionKeys[i])
		}
	}
	if cur := r.root.get(r.src, "current-context"); r.dropCur {
		drop = append(drop, "current-context")
	} else if r.current != nil {
		r.replace(r.colonEnd(cur.key), cur.value.end, *r.current)
	}
	if r.restore != nil {
		// apiVersion and kind go only when they would be alone.
		var head []string
		for _, k := range []string{"apiVersion", "kind"} {
			if slices.Contains(r.restore.Missing, k) {
				head = append(head, k)
			}
		}
		if len(head)+len(drop) >= len(r.root.members()) {
			drop = append(drop, head...)
		}
	}
	if len(drop) > 0 {
		r.dropMembers(r.root, drop...)
	}
}

// cutSection takes the items that go out of one list and puts back what stood
// there when the list becomes empty. It reports that the whole list goes.
func (r *remover) cutSection(i int) (drop bool) {
	s := &r.sec[i]
	if len(r.gone[i]) == 0 {
		return false
	}
	if len(r.gone[i]) < len(s.items) {
		r.dropItems(s.value, func(_ int, n *node) bool {
			return r.gone[i][n.get(r.src, "name").value.text(r.src)]
		})
		return false
	}
	text := " []"
	if r.restore != nil {
		if slices.Contains(r.restore.Missing, sectionKeys[i]) {
			return true
		}
		if t, ok := r.restore.Text[sectionKeys[i]]; ok {
			text = t
		} else if s.value.flow {
			r.dropItems(s.value, func(int, *node) bool { return true })
			return false
		}
	}
	r.emptySection(s, text)
	return false
}

// emptySection takes all items out of a list and writes text after its colon.
func (r *remover) emptySection(s *section, text string) {
	at := r.colonEnd(s.key)
	if s.value.flow {
		r.replace(at, s.value.end, text)
		return
	}
	if strings.TrimSpace(r.src[at:s.value.outer]) == "" || s.value.outer == s.value.start {
		r.replace(at, at, text)
	}
	r.dropItems(s.value, func(int, *node) bool { return true })
}

// check refuses a result that changes anything but entries of ours.
func (r *remover) check(out []byte) error {
	c := checker{old: r.doc, edits: r.done, gone: r.gone}
	switch {
	case r.current != nil:
		v := valueText(*r.current)
		c.current = &v
	case r.dropCur:
		v := ""
		c.current = &v
	}
	_, err := c.check(out)
	return err
}
