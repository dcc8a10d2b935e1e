package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// manifestName is the file of an entry that says what belongs to it. It is
// written last.
const manifestName = "manifest.json"

// manifest describes a complete entry: cheap to compare for a folder with tens
// of thousands of files, which reading them all would not be.
type manifest struct {
	Files int    `json:"files"`
	Bytes int64  `json:"bytes"`
	Sum   string `json:"sum"` // over the path, kind, size, time and target of each
}

// verify returns what is wrong with a finished entry. An entry without a
// manifest comes from a version that wrote none; it was moved into place when it
// was complete, as now, and so gets one.
func verify(dir string) error {
	data, err := os.ReadFile(filepath.Join(dir, manifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return adopt(dir)
	}
	var want manifest
	if err == nil {
		err = json.Unmarshal(data, &want)
	}
	if err != nil {
		return fmt.Errorf("its manifest cannot be read: %w", err)
	}
	got, err := describe(dir)
	switch {
	case err != nil:
		return err
	case got.Files != want.Files || got.Bytes != want.Bytes:
		return fmt.Errorf("it has %d files with %d bytes, not %d with %d", got.Files, got.Bytes, want.Files, want.Bytes)
	case got != want:
		return errors.New("its files have changed")
	}
	return nil
}

func adopt(dir string) error {
	m, err := describe(dir)
	if err != nil {
		return err
	}
	if m.Files == 0 {
		return errors.New("it is empty")
	}
	return writeManifest(dir)
}

// writeManifest describes what is in dir. The description appears whole.
func writeManifest(dir string) error {
	m, err := describe(dir)
	if err != nil {
		return err
	}
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	part := filepath.Join(dir, "."+manifestName)
	if err := os.WriteFile(part, data, 0o600); err != nil {
		return err
	}
	return os.Rename(part, filepath.Join(dir, manifestName))
}

// describe walks over the folder of an entry. Contents are not read: times tell
// a file that was written to from one that was not.
func describe(dir string) (m manifest, err error) {
	sum := sha256.New()
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || name == manifestName || name == "."+manifestName {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%q %v", filepath.ToSlash(name), info.Mode().Type())
		if info.Mode().IsRegular() {
			m.Bytes += info.Size()
			fmt.Fprintf(sum, " %o %d %d", info.Mode().Perm(), info.Size(), info.ModTime().Unix())
		}
		if info.Mode().Type() == fs.ModeSymlink {
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(sum, " %q", target)
		}
		fmt.Fprintln(sum)
		m.Files++
		return nil
	})
	m.Sum = hex.EncodeToString(sum.Sum(nil))
	return m, err
}
