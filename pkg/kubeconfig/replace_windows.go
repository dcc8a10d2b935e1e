package kubeconfig

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/windows"
)

// cannotRename reports whether err is about a file that can be written but not
// replaced.
func cannotRename(err error) bool { return errors.Is(err, windows.ERROR_NOT_SAME_DEVICE) }

// keepOwner does nothing on Windows: the access list comes from the folder.
func keepOwner(string, fs.FileInfo) error { return nil }

// foreignOwner finds none on Windows, where the access list decides.
func foreignOwner(fs.FileInfo) (int, bool) { return 0, false }

// soleName is not known from a file's metadata on Windows; false makes the
// backup a copy.
func soleName(fs.FileInfo) bool { return false }
