//go:build !windows

package store

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// private reports whether only this user can read and write what info is about.
func private(info fs.FileInfo) bool {
	_, foreign := foreignOwner(info)
	return !foreign && info.Mode().Perm()&0o077 == 0
}

// foreignOwner reports whether info is about a file of somebody else, root
// included, and names them.
func foreignOwner(info fs.FileInfo) (owner string, foreign bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "an unknown user", true
	}
	if int(st.Uid) == os.Geteuid() {
		return "", false
	}
	return nameUser(int(st.Uid)), true
}

// nameUser names a user for a message.
func nameUser(uid int) string {
	if uid == 0 {
		return "root"
	}
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return fmt.Sprintf("%s (uid %d)", u.Username, uid)
	}
	return fmt.Sprintf("the user with uid %d", uid)
}

func self() string { return nameUser(os.Geteuid()) }

func isRoot() bool { return os.Geteuid() == 0 }

func removeCommand(path string) string { return fmt.Sprintf("rm -f %q", path) }
