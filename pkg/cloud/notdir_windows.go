package cloud

import "io/fs"

// errNotDir is a path that leads through something that is no folder; Windows
// calls that not existing.
var errNotDir = fs.ErrNotExist
