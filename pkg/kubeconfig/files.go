package kubeconfig

import (
	"context"
	"errors"
	"os"
	"slices"
	"time"
)

// Merge writes entries, each into the file where it already lives, else where
// kubectl would write, and switches the current context to use ("" leaves it).
// All entries for one file make one write. Owned.Path says where each is.
// Changes lists the files that were replaced, none when all was so already.
func (f Files) Merge(ctx context.Context, entries []Entry, use string) ([]Change, []Owned, error) {
	if len(f.Paths) == 1 {
		return f.mergeOne(ctx, f.Paths[0], entries, use)
	}
	return f.mergeList(ctx, entries, use)
}

func (f Files) mergeOne(ctx context.Context, path string, entries []Entry, use string) ([]Change, []Owned, error) {
	var owned []Owned
	changes, err := f.lasting(ctx, []string{path}, func(s *session) error {
		data, err := s.load(path)
		if err != nil {
			return err
		}
		out, list, err := Merge(data, entries, use)
		if err != nil {
			return about(path, err)
		}
		owned = withPath(list, path)
		return s.store(path, out)
	}, func() bool { return present(owned) })
	if err != nil {
		return changes, nil, err
	}
	return changes, owned, nil
}

func withPath(list []Owned, path string) []Owned {
	for i := range list {
		list[i].Path = path
	}
	return list
}

// Remove takes the logins that which chooses out of every file, and their secrets
// out of the backups. Files without one are not written.
func (f Files) Remove(ctx context.Context, which func(Owned) bool) ([]Change, []Owned, error) {
	var changes []Change
	var removed []Owned
	var errs []error
	for _, path := range f.Paths {
		list, err := f.list(path)
		if err == nil && !slices.ContainsFunc(list, which) {
			continue
		}
		if err == nil {
			var more []Change
			var gone []Owned
			more, gone, err = f.removeFrom(ctx, path, which)
			changes, removed = append(changes, more...), append(removed, gone...)
		}
		errs = append(errs, err)
	}
	if len(f.Paths) > 1 {
		more, err := f.leaveCurrent(ctx, removed)
		changes, errs = append(changes, more...), append(errs, err)
	}
	errs = append(errs, f.clearBackups(ctx, which))
	return changes, removed, errors.Join(errs...)
}

func (f Files) removeFrom(ctx context.Context, path string, which func(Owned) bool) ([]Change, []Owned, error) {
	var removed []Owned
	changes, err := f.lasting(ctx, []string{path}, func(s *session) error {
		data, err := s.load(path)
		if err != nil || data == nil {
			return err
		}
		out, gone, err := Remove(data, func(o Owned) bool {
			o.Path = path
			return which(o)
		})
		if err != nil {
			return about(path, err)
		}
		removed = append(removed, withPath(gone, path)...)
		for _, name := range stranded(out, gone) {
			f.warn("context %q, which no login made, names a cluster or user that is gone now", name)
		}
		return s.store(path, out)
	}, func() bool { return absent(removed) })
	if err != nil {
		return changes, nil, err
	}
	return changes, removed, nil
}

// stranded returns other people's contexts that named what a logout took out.
func stranded(data []byte, gone []Owned) []string {
	d, err := open(data)
	if err != nil {
		return nil // Remove has just read it
	}
	var names []string
	for _, it := range d.sec[contexts].foreign(false) {
		cluster, user := d.ref(it, "cluster"), d.ref(it, "user")
		if slices.ContainsFunc(gone, func(o Owned) bool {
			return o.Cluster == cluster && cluster != "" && !d.has(clusters, cluster) || o.User == user && user != "" && !d.has(users, user)
		}) {
			names = append(names, it.name)
		}
	}
	return names
}

// List returns the logins in all files. A member of several that cannot be
// read is reported through Warn and skipped.
func (f Files) List() ([]Owned, error) {
	var all []Owned
	for _, path := range f.Paths {
		list, err := f.list(path)
		if err != nil {
			if len(f.Paths) == 1 {
				return nil, err
			}
			f.warn("%v", err)
			continue
		}
		all = append(all, list...)
	}
	return all, nil
}

func (f Files) list(path string) ([]Owned, error) {
	var list []Owned
	err := patiently(func() error {
		c, err := read(path)
		if err != nil || c.data == nil {
			return err
		}
		if list, err = List(c.data); err != nil {
			return about(path, err)
		}
		return nil
	})
	return withPath(list, path), err
}

// patiently reads without a lock: kubectl writes in place, so what is half there
// now may be whole a moment later.
func patiently(read func() error) error {
	err := read()
	for i := 0; err != nil && i < 5; i++ {
		time.Sleep(20 * time.Millisecond)
		err = read()
	}
	return err
}

// writable reports whether an existing file may be opened for writing.
func writable(path string) bool {
	f, err := openPatiently(path, os.O_WRONLY)
	if err != nil {
		return false
	}
	f.Close()
	info, err := os.Stat(path)
	return err == nil && info.Mode().Perm()&0o200 != 0
}
