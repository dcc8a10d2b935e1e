package prereq

import (
	"os"
	"path/filepath"
	"testing"
)

// The parsers read files that anybody may have written.

func FuzzTrailer(f *testing.F) {
	f.Add([]byte("MZ#!/usr/bin/python3\nPK\x05\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if p := trailerPython(data); len(p) > len(data) {
			t.Errorf("%q is longer than the file", p)
		}
	})
}

func FuzzResource(f *testing.F) {
	f.Add([]byte("MZ"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if p := resourcePython(data); len(p) > len(data) {
			t.Errorf("%q is longer than the file", p)
		}
	})
}

func FuzzHeaders(f *testing.F) {
	f.Add([]byte("Name: x\nVersion: 1\n\n"))
	f.Add([]byte("Version"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "METADATA")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		version, ok := headerVersion(path)
		if ok != (len(data) > 0) || len(version) > len(data) {
			t.Errorf("%q, %v", version, ok)
		}
	})
}

func FuzzPreamble(f *testing.F) {
	f.Add("/bin/openstack", []byte("'''exec' \"/a b/python\" \"$0\" \"$@\"\n"))
	f.Fuzz(func(t *testing.T, path string, text []byte) {
		if python, ok := preamble(path, text); ok == (python == "") {
			t.Errorf("%q, %v", python, ok)
		}
	})
}
