//go:build !windows

package kubeconfig

import (
	"crypto/rand"
	"errors"
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
// locks does without: there seizeLeft asks for the process.
func holdLock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.ENOLCK) || errors.Is(err, syscall.ENOTSUP) || errors.Is(err, syscall.ENOSYS) {
		return nil
	}
	return err
}

func openLock(name string) (*os.File, error) { return os.Open(name) }

// seizeLeft opens a lock file whose process is no more, and marks it as held by
// this one. It returns nil when the process lives or the file is gone.
func seizeLeft(name string) *os.File {
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

// processEnded reports whether the process that a lock file names is no more.
func processEnded(f *os.File) bool {
	owner, ours := ownerIn(f)
	return ours && errors.Is(syscall.Kill(owner.PID, 0), syscall.ESRCH)
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

// isClosing reports an error about a file that is removed and still open
// somewhere. Only Windows has such a state.
func isClosing(error) bool { return false }

func removeCommand(name string) string { return "rm " + quote(name) }

func isReadOnly(err error) bool { return errors.Is(err, syscall.EROFS) }

// cannotRename reports a file that can be written but not replaced: one that is
// mounted by itself, as containers do.
func cannotRename(err error) bool {
	return errors.Is(err, syscall.EBUSY) || errors.Is(err, syscall.EXDEV)
}

// keepOwner gives the new file to the owner of the old one. Only root can; for
// anybody else it is an error when they differ.
func keepOwner(path string, old fs.FileInfo) error {
	st, ok := old.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	if int(st.Uid) != os.Geteuid() {
		return os.Chown(path, int(st.Uid), int(st.Gid))
	}
	_ = os.Chown(path, -1, int(st.Gid)) // the mode gives the group nothing, so another group does no harm
	return nil
}

// foreignOwner returns the user id of a file that belongs to somebody else whom
// we may not act for.
func foreignOwner(info fs.FileInfo) (uid int, foreign bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() == 0 {
		return 0, false
	}
	return int(st.Uid), int(st.Uid) != os.Geteuid()
}
