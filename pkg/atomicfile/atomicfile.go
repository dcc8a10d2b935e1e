package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Write puts data into path with mode perm: a temporary file in the same
// folder, flushed to disk, renamed over path, and the folder flushed too. On
// error path is as it was and the temporary file is gone.
func Write(path string, data []byte, perm fs.FileMode) error {
	s, err := Stage(path, data, perm)
	if err != nil {
		return err
	}
	if err := s.Commit(); err != nil {
		s.Discard()
		return err
	}
	return nil
}

// Staged is new content that lies flushed beside the file it will replace.
type Staged struct {
	Name string // the temporary file
	path string
}

// Pattern returns the names that Stage gives to temporary files for path, as
// filepath.Match reads them. A writer that was killed leaves one behind.
func Pattern(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".kubectl-catalyst-*")
}

// Stage writes data with mode perm to a temporary file in path's folder and
// flushes it. Commit or Discard must follow.
func Stage(path string, data []byte, perm fs.FileMode) (_ *Staged, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(Pattern(path))) // made 0600
	if err != nil {
		return nil, fmt.Errorf("making a temporary file beside %q: %w", path, err)
	}
	defer func() {
		if err != nil {
			f.Close()
			_ = Remove(f.Name())
		}
	}()
	if err := f.Chmod(perm); err != nil {
		return nil, fmt.Errorf("setting the mode of %q: %w", f.Name(), err)
	}
	if _, err := f.Write(data); err != nil {
		return nil, fmt.Errorf("writing %q: %w", f.Name(), err)
	}
	if err := f.Sync(); err != nil {
		return nil, fmt.Errorf("flushing %q: %w", f.Name(), err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("closing %q: %w", f.Name(), err)
	}
	return &Staged{Name: f.Name(), path: path}, nil
}

// Commit renames the staged file over the one it replaces, waiting for a program
// that has that open for a moment, and makes the rename durable. When the rename
// fails the staged file is still there.
func (s *Staged) Commit() error {
	if err := rename(s.Name, s.path); err != nil {
		return fmt.Errorf("replacing %q: %w", s.path, err)
	}
	return SyncDir(filepath.Dir(s.path))
}

// Discard removes the staged file, if it is still there.
func (s *Staged) Discard() { _ = Remove(s.Name) } // what cannot be removed is cleared up by the next writer

// Cause returns the system's own words of a path error, whose path may be a
// temporary name that means nothing to the reader.
func Cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
