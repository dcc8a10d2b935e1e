package kubeconfig

import "io/fs"

// soleName is not known from a file's metadata on Windows; false makes the
// backup a copy.
func soleName(fs.FileInfo) bool { return false }
