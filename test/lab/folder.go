package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// Every bed has a folder of its own, in which it holds a lock while it lives.
const (
	folderPrefix = "catalyst-lab-"
	lockName     = "owner.lock"
	settling     = time.Minute // a folder this young may not have got its lock yet
)

// newFolder makes the folder of a bed and takes its lock.
func newFolder() (string, *flock.Flock, error) {
	dir, err := os.MkdirTemp("", folderPrefix)
	if err != nil {
		return "", nil, fmt.Errorf("making a folder for the test bed: %w", err)
	}
	lock := flock.New(filepath.Join(dir, lockName))
	if err := lock.Lock(); err != nil {
		return "", nil, fmt.Errorf("locking the folder of the test bed: %w", err)
	}
	return dir, lock, nil
}

// sweep removes the folders of beds whose owner was killed and could not do it.
func sweep() {
	locks, _ := filepath.Glob(filepath.Join(os.TempDir(), folderPrefix+"*", lockName))
	for _, path := range locks {
		info, err := os.Stat(path)
		if err != nil || time.Since(info.ModTime()) < settling {
			continue
		}
		lock := flock.New(path)
		if free, err := lock.TryLock(); err == nil && free {
			_ = os.RemoveAll(filepath.Dir(path))
		}
		_ = lock.Close()
	}
}
