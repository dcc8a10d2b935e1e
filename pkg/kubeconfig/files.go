package kubeconfig

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/atomicfile"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig/internal/lockfile"
)

// List returns the logins in all files. A member of several that cannot be
// read is reported through Warn and skipped.
func (f Files) List() ([]Owned, error) {
	var all []Owned
	for _, path := range f.Paths {
		list, err := readLogins(path)
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

// readLogins returns the logins in one file.
func readLogins(path string) ([]Owned, error) {
	d, err := readDocument(path)
	if err != nil || d == nil {
		return nil, err
	}
	return withPath(d.logins(), path), nil
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
		list, err := readLogins(path)
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
		more, err := f.resetCurrents(ctx, removed)
		changes, errs = append(changes, more...), append(errs, err)
	}
	errs = append(errs, f.clearBackups(ctx, which))
	return changes, removed, errors.Join(errs...)
}

func (f Files) removeFrom(ctx context.Context, path string, which func(Owned) bool) ([]Change, []Owned, error) {
	var removed []Owned
	changes, err := f.lockedUntilApplied(ctx, []string{path}, func(s *session) error {
		data, err := s.load(path)
		if err != nil || data == nil {
			return err
		}
		out, gone, err := Remove(data, func(o Owned) bool {
			o.Path = path
			return which(o)
		})
		if err != nil {
			return aboutFile(path, err)
		}
		removed = append(removed, withPath(gone, path)...)
		for _, name := range strandedContexts(out, gone) {
			f.warn("context %q, which no login made, names a cluster or user that is gone now", name)
		}
		return s.store(path, out)
	}, func() bool { return allAbsent(removed) })
	if err != nil {
		return changes, nil, err
	}
	return changes, removed, nil
}

// resetCurrents puts the current context back in the files of a list that named
// one which was removed from another file.
func (f Files) resetCurrents(ctx context.Context, gone []Owned) ([]Change, error) {
	var all []Change
	for _, path := range f.Paths {
		d, err := readOnce(path)
		if err != nil || d == nil || d.Root == nil {
			continue // reported already, or nothing there
		}
		name := d.current()
		i := slices.IndexFunc(gone, func(o Owned) bool { return o.Context == name && name != "" && o.Path != path })
		if i < 0 || d.has(contexts, name) {
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

// clearBackups takes the secrets of the logins that which chooses out of the
// backups: who has logged out expects that no copy of the credential is left.
func (f Files) clearBackups(ctx context.Context, which func(Owned) bool) error {
	if f.DryRun {
		return nil
	}
	var errs []error
	for _, path := range f.Paths {
		target, err := resolveLinks(path)
		if err != nil {
			continue // Remove has returned the error
		}
		name := target + backupSuffix
		if _, err := os.Lstat(name); err != nil {
			continue
		}
		_, err = f.locked(ctx, []string{path}, func(*session) error {
			return f.clearBackup(name, func(o Owned) bool {
				o.Path = path
				return which(o)
			})
		})
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// clearBackup rewrites one backup. One that cannot be is removed: it is worth
// less than the secret.
func (f Files) clearBackup(name string, which func(Owned) bool) error {
	old, err := readContent(name)
	if err == nil && old.data == nil {
		return nil
	}
	var data []byte
	if err == nil {
		data, err = withoutSecrets(old.data, which)
	}
	if err == nil && string(data) == string(old.data) {
		return nil
	}
	if err == nil {
		err = rewriteBackup(name, data, old.info)
	}
	if err == nil {
		return nil
	}
	if gone := atomicfile.Remove(name); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
		return clierr.Errorf("delete it: "+lockfile.RemoveCommand(name),
			"the backup %q may hold the credential of a login that is gone, and cannot be rewritten or removed: %w", name, atomicfile.Cause(gone))
	}
	f.warn("removed the backup %q, which may have held the credential of a login that is gone and could not be rewritten: %v",
		name, atomicfile.Cause(err))
	return nil
}

// rewriteBackup replaces a backup and keeps its time, which writtenByOthers reads.
func rewriteBackup(name string, data []byte, old fs.FileInfo) error {
	staged, err := atomicfile.Stage(name, data, old.Mode().Perm()&0o600)
	if err != nil {
		return err
	}
	defer staged.Discard()
	if err := keepOwner(staged.Name, old); err != nil {
		return err
	}
	if err := os.Chtimes(staged.Name, old.ModTime(), old.ModTime()); err != nil {
		return err
	}
	return staged.Commit()
}

// ReplaceCA gives the clusters of ours with that UUID a new CA (PEM), after the
// cluster's own was rotated, in every file that has such a cluster, and lists the
// files that were replaced. Everything else about the clusters stays.
func (f Files) ReplaceCA(ctx context.Context, clusterUUID string, caPEM []byte) ([]Change, error) {
	var changes []Change
	var errs []error
	for _, path := range f.Paths {
		list, err := readLogins(path)
		if err != nil || !slices.ContainsFunc(list, func(o Owned) bool { return o.ClusterUUID == clusterUUID }) {
			continue // the cluster may not be in a file that cannot be read
		}
		c, err := f.Update(ctx, path, func(data []byte) ([]byte, error) {
			return replaceCA(data, clusterUUID, caPEM)
		})
		errs = append(errs, err)
		if err == nil && c.Path != "" {
			changes = append(changes, c)
		}
	}
	return changes, errors.Join(errs...)
}

// replaceCA returns data with a new CA for the clusters of ours with that UUID.
// When nothing changes the returned bytes equal data.
func replaceCA(data []byte, clusterUUID string, caPEM []byte) ([]byte, error) {
	d, err := openDocument(data)
	if err != nil {
		return nil, err
	}
	m := &merger{editor: editor{document: d}}
	for _, it := range d.sections[clusters].ours() {
		if it.rec.ClusterUUID == clusterUUID {
			m.wanted = append(m.wanted, &wanted{kind: clusters, name: it.name, old: it, rec: it.rec,
				body: obj{{"certificate-authority-data", encode(caPEM)}}})
		}
	}
	if len(m.wanted) == 0 {
		return data, nil
	}
	out, _, err := m.editText()
	return out, err
}
