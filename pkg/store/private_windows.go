package store

import (
	"fmt"
	"io/fs"
)

// private is true on Windows: the cache lies below the user's profile, whose
// access list already keeps other users out, and mode bits say nothing there.
func private(fs.FileInfo) bool { return true }

// foreignOwner never finds one on Windows, for the same reason: only an
// administrator can put a folder into somebody else's profile. A link is
// refused there as everywhere.
func foreignOwner(fs.FileInfo) (string, bool) { return "", false }

func self() string { return "this user" }

func isRoot() bool { return false }

func removeCommand(path string) string { return fmt.Sprintf("del %q", path) }
