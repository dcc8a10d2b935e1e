// Package archive packs files into archives that are the same bytes wherever
// and whenever they are packed.
package archive

import (
	"archive/tar"
	"archive/zip"
	"compress/flate"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// File is a member of an archive.
type File struct {
	Name string      // with slashes
	Mode fs.FileMode // permissions
	Data []byte
}

// Extension returns how the name of an archive for a system ends, in Go's name
// of the system: Windows opens zip files by itself, the others tar.
func Extension(system string) string {
	if system == "windows" {
		return ".zip"
	}
	return ".tar.gz"
}

// Pack writes an archive called name, which tells its format. Members are
// sorted; all were changed at the given time and belong to user 0.
func Pack(w io.Writer, name string, at time.Time, files []File) error {
	files = slices.SortedFunc(slices.Values(files), func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	for i := range files {
		if i > 0 && files[i].Name == files[i-1].Name {
			return fmt.Errorf("packing %s: two files are called %q", name, files[i].Name)
		}
	}
	pack := packTar
	if strings.HasSuffix(name, ".zip") || strings.HasSuffix(name, ".whl") {
		pack = packZip
	}
	if err := pack(w, at.UTC(), files); err != nil {
		return fmt.Errorf("packing %s: %w", name, err)
	}
	return nil
}

func packTar(w io.Writer, at time.Time, files []File) error {
	compressed, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	t := tar.NewWriter(compressed)
	for _, f := range files {
		err := t.WriteHeader(&tar.Header{
			Typeflag: tar.TypeReg, Name: f.Name, Size: int64(len(f.Data)),
			Mode: int64(f.Mode.Perm()), ModTime: at.Truncate(time.Second), Format: tar.FormatUSTAR,
		})
		if err != nil {
			return err
		}
		if _, err := t.Write(f.Data); err != nil {
			return err
		}
	}
	if err := t.Close(); err != nil {
		return err
	}
	return compressed.Close()
}

func packZip(w io.Writer, at time.Time, files []File) error {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestCompression)
	})
	for _, f := range files {
		h := &zip.FileHeader{Name: f.Name, Method: zip.Deflate, Modified: at}
		h.SetMode(f.Mode.Perm())
		member, err := z.CreateHeader(h)
		if err != nil {
			return err
		}
		if _, err := member.Write(f.Data); err != nil {
			return err
		}
	}
	return z.Close()
}
