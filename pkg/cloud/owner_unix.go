//go:build !windows

package cloud

import (
	"io/fs"
	"os"
	"syscall"
)

// ownedByOther reports whether a file is neither this user's nor root's.
func ownedByOther(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return !ok || int(st.Uid) != os.Geteuid() && st.Uid != 0
}

func writableByAll(info fs.FileInfo) bool { return info.Mode().Perm()&0o002 != 0 }
