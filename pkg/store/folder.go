package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// prepareFolder makes the folder, or closes one of ours that others could enter. A
// folder that is a link or somebody else's is refused: whoever made it could
// read what is written there.
func (s *Store) prepareFolder() error {
	info, err := os.Lstat(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		if err := s.makeFolder(); err != nil {
			return err
		}
		info, err = os.Lstat(s.dir)
	}
	if err != nil {
		return fmt.Errorf("reading the cache folder: %w", err)
	}
	if err := s.checkFolder(info); err != nil {
		return err
	}
	if isPrivate(info) {
		return nil
	}
	if err := os.Chmod(s.dir, 0o700); err != nil {
		return fmt.Errorf("the cache folder %q is open to other users and cannot be closed: %w", s.dir, err)
	}
	return nil
}

// checkFolder refuses what is not a folder of this user's own.
func (s *Store) checkFolder(info fs.FileInfo) error {
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return clierr.Errorf("replace the link by a folder; to keep the cache elsewhere, set "+baseVariable(),
			"the cache folder %q is a link", s.dir)
	case !info.IsDir():
		return clierr.Errorf("move the file away", "the cache folder %q is not a folder", s.dir)
	}
	if owner, foreign := foreignOwner(info); foreign {
		return clierr.Errorf("set "+baseVariable()+" to a folder of your own, or have the owner changed with chown",
			"the cache folder %q belongs to %s, not to you (%s)", s.dir, owner, currentUser())
	}
	return nil
}

// makeFolder makes the folder and those above it. Root does not make it below a
// folder of somebody else: under `sudo -E` that person could not use their own
// cache any more.
func (s *Store) makeFolder() error {
	for above := filepath.Dir(s.dir); ; above = filepath.Dir(above) {
		info, err := os.Stat(above)
		if errors.Is(err, fs.ErrNotExist) && above != filepath.Dir(above) {
			continue
		}
		if err != nil {
			return fmt.Errorf("making the cache folder: %w", err)
		}
		if owner, foreign := foreignOwner(info); foreign && isRoot() {
			return clierr.Errorf("set "+baseVariable()+" to a folder of root's own, or do not use sudo",
				"root keeps no cache in %q, which belongs to %s", above, owner)
		}
		break
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("making the cache folder: %w", err)
	}
	return nil
}

// explainLock names whose lock file it is that this process may not open.
func explainLock(path string, err error) error {
	info, statErr := os.Lstat(path)
	if statErr != nil || !errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("locking %q in the cache: %w", filepath.Base(path), err)
	}
	owner, foreign := foreignOwner(info)
	if !foreign {
		return clierr.Errorf("make it writable, or remove it: "+removeCommand(path), "the lock %q cannot be opened: permission denied", path)
	}
	return clierr.Errorf("remove it when no command of theirs is running: "+removeCommand(path),
		"the lock %q belongs to %s, as after a command with sudo", path, owner)
}
