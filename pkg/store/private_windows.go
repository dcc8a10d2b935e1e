package store

import (
	"fmt"
	"io/fs"
)

// isPrivate is true on Windows: the cache lies below the user's profile, whose
// access list already keeps other users out, and mode bits say nothing there.
func isPrivate(fs.FileInfo) bool { return true }

// foreignOwner never finds one on Windows, for the same reason: only an
// administrator can put a folder into somebody else's profile. A link is
// refused there as everywhere.
func foreignOwner(fs.FileInfo) (string, bool) { return "", false }

// currentUser names this user for a message.
func currentUser() string { return "this user" }

// isRoot reports whether this process is root's.
func isRoot() bool { return false }

// removeCommand returns the command that removes a file, for a hint.
func removeCommand(path string) string { return fmt.Sprintf("del %q", path) }
