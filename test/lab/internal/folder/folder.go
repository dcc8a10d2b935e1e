// Package folder makes the folders of test beds. Each is locked while its bed
// lives, so that those of killed beds can be told from the others and removed.
package folder

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// KeepVariable keeps the folders of closed beds, with databases and logs, when
// it is set to anything.
const KeepVariable = "KUBECTL_CATALYST_TEST_KEEP"

const (
	prefix   = "catalyst-lab-"
	lockName = "owner.lock"
	settling = time.Minute // a folder this young may not have got its lock yet
)

// Folder is the folder of a bed.
type Folder struct {
	Dir  string
	lock *flock.Flock
}

// New makes a folder, and removes those of beds whose owner was killed and could
// not do it.
func New() (*Folder, error) {
	sweep()
	dir, err := os.MkdirTemp("", prefix)
	if err != nil {
		return nil, fmt.Errorf("making a folder for the test bed: %w", err)
	}
	lock := flock.New(filepath.Join(dir, lockName))
	if err := lock.Lock(); err != nil {
		return nil, fmt.Errorf("locking the folder of the test bed: %w", err)
	}
	return &Folder{dir, lock}, nil
}

// Close removes the folder.
func (f *Folder) Close() {
	if os.Getenv(KeepVariable) == "" {
		_ = os.RemoveAll(f.Dir)
	}
	_ = f.lock.Close()
}

func sweep() {
	locks, _ := filepath.Glob(filepath.Join(os.TempDir(), prefix+"*", lockName))
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
