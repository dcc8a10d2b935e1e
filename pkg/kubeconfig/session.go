package kubeconfig

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig/internal/lockfile"
)

// Change is one file that was, or with DryRun would be, replaced.
type Change struct {
	Path     string // as the user named it
	Old, New []byte // nil: no such file
	Backup   string // the file with Old; "" when there is none
}

// attempts is how often an edit starts again because somebody who takes no
// lock changed the file meanwhile.
const attempts = 5

// session is a set of files locked for writing.
type session struct {
	files     Files
	targets   map[string]string  // path to the file itself
	read      map[string]content // what was read under the lock
	changes   []Change
	contended bool // somebody else writes to these files, too
}

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

// lockedOnce runs edit once.
func (f Files) lockedOnce(ctx context.Context, paths []string, edit func(*session) error) (*session, error) {
	s := &session{files: f, targets: map[string]string{}, read: map[string]content{}}
	var all []string
	l := lockfile.Locker{Wait: f.wait(), Warn: f.warn, Needed: map[string]bool{}}
	for _, path := range paths {
		target, err := resolveLinks(path)
		if err != nil {
			return s, err
		}
		s.targets[path] = target
		if err := f.prepareFolder(path, target); err != nil {
			return s, err
		}
		for _, k := range lockfile.Names([]string{target}) {
			l.Needed[k] = true
		}
		all = append(all, path, target)
	}
	if !f.DryRun {
		release, waited, err := l.Lock(ctx, lockfile.Names(all))
		if err != nil {
			return s, err
		}
		defer release()
		s.contended = waited
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
		return clierr.Errorf("make the folder it leads to, or remove the link",
			"the kubeconfig %q is a link to %q, whose folder does not exist", path, target)
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
	c, err := readContent(s.targets[path])
	if err != nil {
		return nil, err
	}
	s.read[path] = c
	s.contended = s.contended || c.info != nil && writtenByOthers(s.targets[path], c.info)
	return c.data, nil
}

// store replaces the file at path, which load has read.
func (s *session) store(path string, data []byte) error {
	old := s.read[path]
	if bytes.Equal(old.data, data) && (old.data == nil) == (data == nil) {
		return nil
	}
	c := Change{Path: path, Old: old.data, New: data}
	if !s.files.DryRun {
		r := replacer{target: s.targets[path], old: old, contended: s.contended, warn: s.files.warn}
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
			return aboutFile(path, err)
		}
		return s.store(path, out)
	})
	if len(s.changes) == 0 {
		return Change{}, err
	}
	return s.changes[0], err
}
