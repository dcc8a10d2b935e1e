package kubeconfig

import (
	"io/fs"
	"syscall"
	"time"
)

// changedAt returns when a file's metadata last changed, names included.
func changedAt(info fs.FileInfo) time.Time {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return time.Unix(st.Ctimespec.Unix())
	}
	return time.Time{}
}
