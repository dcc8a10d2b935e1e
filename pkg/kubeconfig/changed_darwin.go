package kubeconfig

import (
	"io/fs"
	"syscall"
	"time"
)

// changedAt returns when a file's metadata last changed, names included.
func changedAt(info fs.FileInfo) time.Time {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return time.Unix(int64(st.Ctimespec.Sec), int64(st.Ctimespec.Nsec))
	}
	return time.Time{}
}
