package archive_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/hack/dist/internal/archive"
)

// member is what a reader finds.
type member struct {
	Name, Data string
	Mode       int64
	Time       time.Time
}

var at = time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)

func TestPack(t *testing.T) {
	t.Parallel()
	files := []archive.File{
		{Name: "program", Mode: 0o755, Data: bytes.Repeat([]byte("text "), 100)},
		{Name: "LICENSE", Mode: 0o644, Data: []byte("as you like\n")},
		{Name: "man/program.1", Mode: 0o644},
	}
	want := []member{
		{"LICENSE", "as you like\n", 0o644, at},
		{"man/program.1", "", 0o644, at},
		{"program", string(files[0].Data), 0o755, at},
	}
	for name, read := range map[string]func(*testing.T, []byte) []member{"a.tar.gz": readTar, "a.zip": readZip} {
		first, again := pack(t, name, at, files), pack(t, name, at.In(time.FixedZone("", 13*3600)), reversed(files))
		if !bytes.Equal(first, again) {
			t.Errorf("%s: order or time zone makes a difference", name)
		}
		if diff := cmp.Diff(want, read(t, first)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestPackRefusesTheSameNameTwice(t *testing.T) {
	t.Parallel()
	files := []archive.File{{Name: "a"}, {Name: "b"}, {Name: "a"}}
	if err := archive.Pack(io.Discard, "x.zip", at, files); err == nil {
		t.Error("two files of one name were packed")
	}
}

func reversed(files []archive.File) []archive.File {
	files = slices.Clone(files)
	slices.Reverse(files)
	return files
}

func pack(t *testing.T, name string, at time.Time, files []archive.File) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := archive.Pack(&b, name, at, files); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readTar(t *testing.T, data []byte) (all []member) {
	t.Helper()
	plain, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(plain); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.Gname != "" {
			t.Errorf("%s belongs to somebody", h.Name)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, member{h.Name, string(text), h.Mode, h.ModTime.UTC()})
	}
}

func readZip(t *testing.T, data []byte) (all []member) {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, member{f.Name, string(text), int64(f.Mode().Perm()), f.Modified.UTC()})
	}
	return all
}
