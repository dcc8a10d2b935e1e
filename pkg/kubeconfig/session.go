package kubeconfig

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// Change is one file that was, or with DryRun would be, replaced.
type Change struct {
	Path     string // as the user named it
	Old, New []byte // nil: no such file
	Backup   string // where Old was kept; "" when there was nothing to keep
}

// attempts is how often an edit starts again because somebody who takes no
// lock changed the file meanwhile.
const attempts = 5

// session is a set of files locked for writing.
type session struct {
	files   Files
	targets map[string]string  // path to the file itself
	read    map[string]content // what was read under the lock
	changes []Change
	busy    bool // somebody else writes to these files, too
}

// recently is how young a file must be for its writer to count as still busy.
const recently = 2 * time.Second

// locked runs edit while kubectl's locks for paths are held. edit starts again
// when a file changed under its hands before anything was written.
func (f Files) locked(ctx context.Context, paths []string, edit func(*session) error) (*session, error) {
	for i := 1; ; i++ {
		s, err := f.lockedOnce(ctx, paths, edit)
		if !errors.Is(err, errChanged) || len(s.changes) > 0 || i == attempts {
			return s, err
		}
	}
}

func (f Files) lockedOnce(ctx context.Context, paths []string, edit func(*session) error) (*session, error) {
	s := &session{files: f, targets: map[string]string{}, read: map[string]content{}}
	var all []string
	l := locker{wait: f.wait(), warn: f.warn, needed: map[string]bool{}}
	for _, path := range paths {
		names, err := resolve(path)
		if err != nil {
			return s, err
		}
		target := names[len(names)-1]
		s.targets[path] = target
		if err := f.prepareFolder(path, target); err != nil {
			return s, err
		}
		for _, k := range lockNames([]string{target}) {
			l.needed[k] = true
		}
		all = append(all, path, target)
	}
	if !f.DryRun {
		release, waited, err := l.lockAll(ctx, lockNames(all))
		if err != nil {
			return s, err
		}
		defer release()
		s.busy = waited
	}
	return s, edit(s)
}

// prepareFolder makes the folder of a new kubeconfig, closed to others. Behind
// a link that leads nowhere none is made: what is missing there may be a disk.
func (f Files) prepareFolder(path, target string) error {
	dir := filepath.Dir(target)
	info, err := os.Stat(dir)
	switch {
	case err == nil && !info.IsDir():
		return clierr.Errorf("name another file with --kubeconfig", "%q, where the kubeconfig belongs, is not a folder", dir)
	case err == nil || f.DryRun:
		return nil
	case errors.Is(err, fs.ErrNotExist) && path != target:
		return clierr.Errorf("make the folder it leads to, or remove the link", "the kubeconfig %q is a link to %q, whose folder does not exist", path, target)
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("making the folder of the kubeconfig: %w", err)
		}
		return nil
	}
	return fmt.Errorf("looking at the folder of the kubeconfig: %w", err)
}

// load returns what the file at path holds, nil when there is none.
func (s *session) load(path string) ([]byte, error) {
	c, err := read(s.targets[path])
	if err != nil {
		return nil, err
	}
	s.read[path] = c
	s.busy = s.busy || c.info != nil && time.Since(c.info.ModTime()) < recently && !lastByUs(s.targets[path], c.info)
	return c.data, nil
}

// lastByUs reports whether the last write to a file was one of ours: those keep
// the backup after the new content is written, so it is the younger of the two.
func lastByUs(target string, file fs.FileInfo) bool {
	backup, err := os.Stat(target + backupSuffix)
	return err == nil && !changedAt(backup).Before(file.ModTime())
}

// store replaces the file at path, which load has read.
func (s *session) store(path string, data []byte) error {
	old := s.read[path]
	if bytes.Equal(old.data, data) && (old.data == nil) == (data == nil) {
		return nil
	}
	c := Change{Path: path, Old: old.data, New: data}
	if !s.files.DryRun {
		r := replacer{target: s.targets[path], old: old, warn: s.files.warn}
		var err error
		if c.Backup, err = r.replace(data); err != nil {
			return err
		}
	}
	s.changes = append(s.changes, c)
	return nil
}

// Update runs edit on the bytes of one file under kubectl's lock and replaces
// the file with what it returns: nil removes the file, equal bytes leave it
// alone. edit may be called again when the file changed meanwhile. The Change
// is empty when nothing was written.
func (f Files) Update(ctx context.Context, path string, edit func(data []byte) ([]byte, error)) (Change, error) {
	s, err := f.locked(ctx, []string{path}, func(s *session) error {
		data, err := s.load(path)
		if err != nil {
			return err
		}
		out, err := edit(data)
		if err != nil {
			return about(path, err)
		}
		return s.store(path, out)
	})
	if len(s.changes) == 0 {
		return Change{}, err
	}
	return s.changes[0], err
}

// about says which file an error is about.
func about(path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("kubeconfig %q: %w", path, err)
}
