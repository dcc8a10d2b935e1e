package kubeconfig

import (
	"context"
	"slices"
	"time"
)

// kubectl reads a kubeconfig before it locks it, and takes whatever appeared in
// between for something it has to delete, whatever went for something to add.
// While somebody else is writing, a write is therefore watched for this long;
// kubectl's gap is about the time it takes to read the file.
const (
	watchFor   = 400 * time.Millisecond
	watchEvery = 10 * time.Millisecond
)

// lockedUntilApplied runs edit under the locks and, when others write to the files
// at the same time, again until what it did stays; applied reports whether it is so.
func (f Files) lockedUntilApplied(ctx context.Context, paths []string, edit func(*session) error, applied func() bool) ([]Change, error) {
	var all []Change
	for range attempts {
		s, err := f.locked(ctx, paths, edit)
		all = joinChanges(all, s.changes)
		if err != nil || !s.contended || len(s.changes) == 0 || f.DryRun {
			return all, err
		}
		if staysApplied(ctx, applied) {
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

// staysApplied reports whether a change stays applied for as long as it is watched.
func staysApplied(ctx context.Context, applied func() bool) bool {
	ctx, cancel := context.WithTimeout(ctx, watchFor)
	defer cancel()
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return true // the change is made; only the watch is over
		case <-tick.C:
			if !applied() {
				return false
			}
		}
	}
}

// allPresent reports whether each login is in its file.
func allPresent(logins []Owned) bool {
	return eachDocument(logins, func(d *document, o Owned) bool {
		return d != nil && d.hasOurs(o.Context) && d.has(clusters, o.Cluster) && d.has(users, o.User)
	})
}

// allAbsent reports whether no context of these logins is back in its file.
func allAbsent(logins []Owned) bool {
	return eachDocument(logins, func(d *document, o Owned) bool { return d == nil || !d.hasOurs(o.Context) })
}

// eachDocument reports whether ask is true of every login. A file that cannot be
// read at the moment, as somebody is writing it, gives no reason to worry.
func eachDocument(logins []Owned, ask func(*document, Owned) bool) bool {
	docs := map[string]*document{}
	for _, o := range logins {
		d, seen := docs[o.Path]
		if !seen {
			var err error
			if d, err = readOnce(o.Path); err != nil || d != nil && d.Root == nil {
				return true
			}
			docs[o.Path] = d
		}
		if !ask(d, o) {
			return false
		}
	}
	return true
}
