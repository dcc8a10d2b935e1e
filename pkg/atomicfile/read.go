package atomicfile

import (
	"fmt"
	"io"
	"io/fs"
	"os"
)

// ReadUpTo reads a file of at most limit bytes, which may also be a pipe. A larger
// one is an error, and so is a device that never ends.
func ReadUpTo(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("larger than %d bytes", limit)}
	}
	return data, nil
}
