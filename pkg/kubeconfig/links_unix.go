//go:build !windows

package kubeconfig

import (
	"io/fs"
	"syscall"
)

// soleName reports whether a file has one name only.
func soleName(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && st.Nlink == 1
}
