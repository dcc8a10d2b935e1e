//go:build !windows

package kubeconfig

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// hold marks f as held by a living process. A file system without such locks
// does without: there abandoned asks for the process.
func hold(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.ENOLCK) || errors.Is(err, syscall.ENOTSUP) || errors.Is(err, syscall.ENOSYS) {
		return nil
	}
	return err
}

// abandoned reports that the process which made lock file f is no more, and
// makes f ours.
func abandoned(f *os.File, owner lockOwner) bool {
	switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case err == nil:
		return true
	case errors.Is(err, syscall.EWOULDBLOCK):
		return false
	}
	return errors.Is(syscall.Kill(owner.PID, 0), syscall.ESRCH)
}

// release removes the lock file, while it is still held, if it is still ours.
func (k *lock) release() {
	defer k.file.Close()
	mine, err := k.file.Stat()
	if err != nil {
		return
	}
	if now, err := os.Lstat(k.name); err == nil && os.SameFile(mine, now) {
		_ = os.Remove(k.name) // left behind it is seen as abandoned
	}
}

func removeHeld(name string, _ *os.File) error { return os.Remove(name) }

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
