//go:build !windows

package lockfile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/atomicfile"
)

// createLock makes the lock file with its content in one step: under another
// name first, from which it is linked. The file carries a lock of the system's,
// which ends with the process.
func createLock(name string, text []byte) (*os.File, error) {
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(atomicfile.Pattern(name)))
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(f.Name()) }() // the lock's own name stays
	if err = holdLock(f); err == nil {
		_, err = f.Write(text)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	err = os.Link(f.Name(), name)
	switch {
	case err == nil:
		return f, nil
	case errors.Is(err, fs.ErrNotExist):
		err = fs.ErrExist // the holder of the lock took ours for a leftover: try again
	case !errors.Is(err, fs.ErrExist):
		f.Close()
		return createLockPlain(name, text)
	}
	f.Close()
	return nil, err
}

// createLockPlain is for file systems without hard links: there the content
// follows a moment after the name.
func createLockPlain(name string, text []byte) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err = holdLock(f); err == nil {
		_, err = f.Write(text)
	}
	if err != nil {
		f.Close()
		_ = os.Remove(name) // the error before says more
		return nil, err
	}
	return f, nil
}

// holdLock marks f as held by a living process. A file system without such
// locks does without: there seizeStale asks for the process.
func holdLock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.ENOLCK) || errors.Is(err, syscall.ENOTSUP) || errors.Is(err, syscall.ENOSYS) {
		return nil
	}
	return err
}

func openLock(name string) (*os.File, error) { return os.Open(name) }

// seizeStale opens a lock file whose process has ended, and marks it as held by
// this one. It returns nil when the process lives or the file is gone.
func seizeStale(name string) *os.File {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return nil
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil || !errors.Is(err, syscall.EWOULDBLOCK) && processEnded(f) {
		return f
	}
	f.Close()
	return nil
}

// processEnded reports whether the process that a lock file names has ended.
func processEnded(f *os.File) bool {
	by, ours := ownerIn(f)
	return ours && errors.Is(syscall.Kill(by.PID, 0), syscall.ESRCH)
}

// removeHeld removes the file f, if it still has the name, and no other file. On
// a file system without locks a second process may have removed f and a third
// may have made a lock of its own under the name, so the file gets a name
// nobody else uses before it is compared and removed.
func removeHeld(name string, f *os.File) error {
	if !isFile(name, f) {
		return nil
	}
	aside := strings.Replace(atomicfile.Pattern(name), "*", rand.Text(), 1)
	if err := os.Rename(name, aside); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	if !isFile(aside, f) {
		_ = os.Link(aside, name) // when there is a lock again already, that one counts
	}
	return os.Remove(aside)
}

// isClosing reports whether err is about a file that is removed and still open
// somewhere. Only Windows has such a state.
func isClosing(error) bool { return false }

// RemoveCommand returns the command that removes a file, for a hint.
func RemoveCommand(name string) string { return fmt.Sprintf("rm %q", name) }

func isReadOnly(err error) bool { return errors.Is(err, syscall.EROFS) }
