package kubeconfig

import (
	"context"
	"slices"
	"time"
)

// kubectl reads a kubeconfig before it locks it, and takes whatever appeared in
// between for something it has to delete, whatever went for something to add.
// While somebody else is writing, a write is therefore looked after for this
// long; kubectl's gap is about the time it takes to read the file.
const (
	lookAfter = 400 * time.Millisecond
	lookEvery = 10 * time.Millisecond
)

// lasting runs edit under the locks and, when others write to the files at the
// same time, again until what it did stays: holds says whether it is so.
func (f Files) lasting(ctx context.Context, paths []string, edit func(*session) error, holds func() bool) ([]Change, error) {
	var all []Change
	for range attempts {
		s, err := f.locked(ctx, paths, edit)
		all = joinChanges(all, s.changes)
		if err != nil || !s.busy || len(s.changes) == 0 || f.DryRun {
			return all, err
		}
		if stays(ctx, holds) {
			return all, nil
		}
		f.warn("another program undid the change to the kubeconfig: making it once more")
	}
	return all, nil
}

// joinChanges makes one change of several to the same file.
func joinChanges(all, more []Change) []Change {
	for _, c := range more {
		if i := slices.IndexFunc(all, func(a Change) bool { return a.Path == c.Path }); i >= 0 {
			all[i].New = c.New
			continue
		}
		all = append(all, c)
	}
	return all
}

// stays watches for a while whether a change holds.
func stays(ctx context.Context, holds func() bool) bool {
	for end := time.Now().Add(lookAfter); time.Now().Before(end); {
		if sleep(ctx, lookEvery) != nil {
			return true // the change is made; only the watch is over
		}
		if !holds() {
			return false
		}
	}
	return true
}

// present reports whether each login is in its file.
func present(logins []Owned) bool {
	return eachDoc(logins, func(d *doc, o Owned) bool {
		return d != nil && d.ours(o.Context) && d.has(clusters, o.Cluster) && d.has(users, o.User)
	})
}

// absent reports whether no context of these logins is back in its file.
func absent(logins []Owned) bool {
	return eachDoc(logins, func(d *doc, o Owned) bool { return d == nil || !d.ours(o.Context) })
}

func (d *doc) has(kind int, name string) bool { return d.sec[kind].byName[name] != nil }

// eachDoc asks about every login. A file that cannot be read at the moment, as
// somebody is writing it, gives no reason to worry.
func eachDoc(logins []Owned, ask func(*doc, Owned) bool) bool {
	docs := map[string]*doc{}
	for _, o := range logins {
		d, seen := docs[o.Path]
		if !seen {
			m, err := readMember(o.Path)
			if err != nil || m.doc != nil && m.doc.root == nil {
				return true
			}
			d = m.doc
			docs[o.Path] = d
		}
		if !ask(d, o) {
			return false
		}
	}
	return true
}
