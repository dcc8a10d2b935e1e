//go:build !windows

package store

import (
	"io/fs"
	"os"
	"syscall"
)

// private reports whether only this user can read and write what info is about.
func private(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && info.Mode().Perm()&0o077 == 0 && int(st.Uid) == os.Geteuid()
}
