//go:build !windows

package kubeconfig

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// cannotRename reports whether err is about a file that can be written but not
// replaced: one that is mounted by itself, as containers do.
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

// foreignOwner reports whether a file belongs to somebody else whom we may not
// act for, and returns the id of that user.
func foreignOwner(info fs.FileInfo) (uid int, foreign bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() == 0 {
		return 0, false
	}
	return int(st.Uid), int(st.Uid) != os.Geteuid()
}

// soleName reports whether a file has one name only.
func soleName(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && st.Nlink == 1
}
