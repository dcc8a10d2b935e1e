//go:build !windows

package cloud

import (
	"io/fs"
	"os"
	"syscall"
)

// errNotDir is the error for a path that leads through something that is no folder:
// there is no such file.
const errNotDir = syscall.ENOTDIR

// ownedByOther reports whether a file is neither this user's nor root's.
func ownedByOther(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return !ok || int(st.Uid) != os.Geteuid() && st.Uid != 0
}

func writableByAll(info fs.FileInfo) bool { return info.Mode().Perm()&0o002 != 0 }
