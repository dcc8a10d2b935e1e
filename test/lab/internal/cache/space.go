package cache

import (
	"fmt"
	"strings"
)

// leastFree is how many bytes must be free where an entry is made. None of them is
// smaller, and with less the programs that are run fail in ways that do not name
// the reason.
const leastFree = 64 << 20

// FullDiskError says that an entry could not be made for want of space.
type FullDiskError struct {
	Dir string // the cache
	Err error  // what a program made of it; nil when none was run
}

func (e *FullDiskError) Error() string {
	return fmt.Sprintf("the disk is full (free some space, or set %s to a folder elsewhere than %s)", Variable, e.Dir)
}

func (e *FullDiskError) Unwrap() error { return e.Err }

// explainFullDisk returns err, or a *FullDiskError when a full disk is the reason
// for it. The cache's disk is asked, because debootstrap does not name it; and so
// is what was said, because compilers write elsewhere, too.
func explainFullDisk(dir string, err error) error {
	if strings.Contains(strings.ToLower(fmt.Sprint(err)), "no space left on device") || diskIsFull(dir) {
		return &FullDiskError{dir, err}
	}
	return err
}

// diskIsFull reports whether the disk of a folder has too little space for any
// entry. A system that cannot say so has enough.
func diskIsFull(dir string) bool {
	free, err := freeBytes(dir)
	return err == nil && free < leastFree
}
