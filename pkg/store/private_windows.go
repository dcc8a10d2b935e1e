package store

import "io/fs"

// private is true on Windows: the cache lies below the user's profile, whose
// access list already keeps other users out, and mode bits say nothing there.
func private(fs.FileInfo) bool { return true }
