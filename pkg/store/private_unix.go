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

// isPrivate reports whether only this user can read and write what info is about.
func isPrivate(info fs.FileInfo) bool {
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

// currentUser names this user for a message.
func currentUser() string { return nameUser(os.Geteuid()) }

// isRoot reports whether this process is root's.
func isRoot() bool { return os.Geteuid() == 0 }

// removeCommand returns the command that removes a file, for a hint.
func removeCommand(path string) string { return fmt.Sprintf("rm -f %q", path) }
