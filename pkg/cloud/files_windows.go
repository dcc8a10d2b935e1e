package cloud

import "io/fs"

// errNotDir is the error for a path that leads through something that is no folder;
// Windows calls that not existing.
var errNotDir = fs.ErrNotExist

// On Windows mode bits say nothing about who may write, and reading access lists
// is not worth it here: a cloud of the current folder counts only whole and is
// named when it is used, whoever wrote it.
func ownedByOther(fs.FileInfo) bool { return false }

func writableByAll(fs.FileInfo) bool { return false }
