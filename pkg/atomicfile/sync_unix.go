//go:build !windows

package atomicfile

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// SyncDir makes a rename in dir durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		// A folder one may write to but not list: the rename stands all the same.
		if errors.Is(err, os.ErrPermission) {
			return nil
		}
		return fmt.Errorf("flushing folder %q: %w", dir, err)
	}
	defer d.Close()
	// Some network file systems do not offer fsync on a folder.
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
		return fmt.Errorf("flushing folder %q: %w", dir, err)
	}
	return nil
}
