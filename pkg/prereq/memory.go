package prereq

import (
	"io/fs"
	"strconv"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

// memoryKey names a file as it is now: replaced or touched, it has another key.
func memoryKey(path string, info fs.FileInfo) string {
	return store.Key("kubectl-version", path,
		strconv.FormatInt(info.Size(), 10), strconv.FormatInt(info.ModTime().UnixNano(), 10))
}
