package kubeconfig

import (
	"fmt"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig/internal/yamlspan"
)

// Remove takes out the logins that which chooses and returns the new bytes and
// what was taken out. A cluster or user that a remaining login needs stays.
// When nobody edited the file in between, the bytes are those from before the
// login; nil bytes (not merely empty) mean that there was no file.
func Remove(data []byte, which func(Owned) bool) ([]byte, []Owned, error) {
	d, err := openDocument(data)
	if err != nil {
		return nil, nil, err
	}
	var gone, rest []Owned
	for _, o := range d.logins() {
		if which(o) {
			gone = append(gone, o)
		} else {
			rest = append(rest, o)
		}
	}
	if len(gone) == 0 {
		return data, nil, nil
	}
	r := &remover{editor: editor{document: d}}
	r.chooseItems(gone, rest)
	r.readJournal()
	out, err := r.editText()
	if err != nil {
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
	gone        [3]map[string]bool
	last        bool     // no login remains
	restore     *journal // what to put back, when last
	current     *string  // text after current-context's colon; nil leaves it
	dropCurrent bool     // the key itself goes
}

// chooseItems names the items that go: those of the chosen logins which no other
// login needs.
func (r *remover) chooseItems(gone, rest []Owned) {
	names := func(o Owned) [3]string { return [3]string{o.Cluster, o.Context, o.User} }
	for i := range r.gone {
		r.gone[i] = map[string]bool{}
		for _, o := range gone {
			if n := names(o)[i]; r.sections[i].byName[n] != nil {
				r.gone[i][n] = true
			}
		}
		for _, o := range rest {
			delete(r.gone[i], names(o)[i])
		}
	}
	r.last = len(rest) == 0
}

// readJournal decides what is put back, and hands the journal on when the context
// that carries it goes.
func (r *remover) readJournal() {
	holder := r.journalHolder()
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
	for _, it := range r.sections[contexts].ours() {
		if !r.gone[contexts][it.name] && !j.empty() {
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
	cur := r.Root.Get("current-context")
	if cur.Key == nil || !r.gone[contexts][r.document.current()] {
		return
	}
	for len(j.Current) > 0 {
		last := len(j.Current) - 1
		text := j.Current[last]
		j.Current = j.Current[:last]
		name := valueText(text)
		// The oldest is what the file said before any login, right or wrong.
		oldest := last == 0 && !slices.Contains(j.Missing, "current-context")
		if !r.gone[contexts][name] && (r.sections[contexts].byName[name] != nil || oldest) {
			r.current = &text
			return
		}
	}
	if slices.Contains(j.Missing, "current-context") {
		r.dropCurrent = true
		return
	}
	text := ` ""`
	r.current = &text
}

// editText turns the decisions into changes of the text, and returns the result
// once it is checked.
func (r *remover) editText() ([]byte, error) {
	var drop []string // top-level keys
	for i := range r.sections {
		if r.cutSection(i) {
			drop = append(drop, sectionKeys[i])
		}
	}
	if cur := r.Root.Get("current-context"); r.dropCurrent {
		drop = append(drop, "current-context")
	} else if r.current != nil {
		r.replace(r.colonEnd(cur.Key), cur.Value.End, *r.current)
	}
	if r.restore != nil {
		// apiVersion and kind go only when they would be alone.
		var head []string
		for _, k := range []string{"apiVersion", "kind"} {
			if slices.Contains(r.restore.Missing, k) {
				head = append(head, k)
			}
		}
		if len(head)+len(drop) >= len(r.Root.Members()) {
			drop = append(drop, head...)
		}
	}
	if len(drop) > 0 {
		r.dropMembers(r.Root, drop...)
	}
	out, err := r.apply()
	if err != nil {
		return nil, err
	}
	c := checker{old: r.document, gone: r.gone}
	switch {
	case r.current != nil:
		v := valueText(*r.current)
		c.current = &v
	case r.dropCurrent:
		c.current = new(string)
	}
	_, err = c.check(out)
	return out, err
}

// cutSection takes the items that go out of one list and puts back what stood
// there when the list becomes empty. It reports whether the whole list goes.
func (r *remover) cutSection(i int) (gone bool) {
	s := &r.sections[i]
	if len(r.gone[i]) == 0 {
		return false
	}
	if len(r.gone[i]) < len(s.items) {
		r.dropItems(s.value, func(n *yamlspan.Node) bool {
			return r.gone[i][n.Get("name").Value.Text()]
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
		} else if s.value.Flow {
			r.dropItems(s.value, func(*yamlspan.Node) bool { return true })
			return false
		}
	}
	r.emptySection(s, text)
	return false
}

// emptySection takes all items out of a list and writes text after its colon.
func (r *remover) emptySection(s *section, text string) {
	at := r.colonEnd(s.key)
	if s.value.Flow {
		r.replace(at, s.value.End, text)
		return
	}
	if strings.TrimSpace(r.Src[at:s.value.Outer]) == "" || s.value.Outer == s.value.Start {
		r.replace(at, at, text)
	}
	r.dropItems(s.value, func(*yamlspan.Node) bool { return true })
}

// resetCurrent puts back what stood after current-context's colon.
func resetCurrent(data []byte, text string) ([]byte, error) {
	d, err := openDocument(data)
	if err != nil {
		return nil, err
	}
	if d.Root.Get("current-context").Key == nil {
		return data, nil
	}
	r := &remover{editor: editor{document: d}, dropCurrent: text == noKey}
	if text != noKey {
		r.current = &text
	}
	return r.editText()
}

// strandedContexts returns the contexts that this program did not make and that
// named what a logout took out.
func strandedContexts(data []byte, gone []Owned) []string {
	d, err := openDocument(data)
	if err != nil {
		return nil // Remove has just read it
	}
	var names []string
	for _, it := range d.sections[contexts].foreign() {
		cluster, user := it.ref(clusters), it.ref(users)
		if slices.ContainsFunc(gone, func(o Owned) bool {
			return o.Cluster == cluster && cluster != "" && !d.has(clusters, cluster) || o.User == user && user != "" && !d.has(users, user)
		}) {
			names = append(names, it.name)
		}
	}
	return names
}

// secretMembers are where a login that embeds its credential leaves it.
var secretMembers = []string{"client-certificate-data", "client-key-data", "password", "token", "username"}

// withoutSecrets returns a kubeconfig without the secrets of the logins that which
// chooses. Data without such a secret is returned as it is.
func withoutSecrets(data []byte, which func(Owned) bool) ([]byte, error) {
	d, err := openDocument(data)
	if err != nil {
		return nil, err
	}
	e := &editor{document: d}
	cleared := map[string]bool{}
	for _, o := range d.logins() {
		user := d.sections[users].byName[o.User]
		if user == nil || cleared[o.User] || !which(o) {
			continue
		}
		cleared[o.User] = true
		e.dropMembers(user.body, secretMembers...)
	}
	out, err := e.apply()
	if err != nil {
		return nil, err
	}
	if _, err := openDocument(out); err != nil {
		return nil, fmt.Errorf("checking what was rewritten: %w", err)
	}
	return out, nil
}
