//go:build !windows

package cloud

import "syscall"

// errNotDir is a path that leads through something that is no folder: there is
// no such file.
const errNotDir = syscall.ENOTDIR
