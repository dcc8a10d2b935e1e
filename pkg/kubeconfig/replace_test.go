package kubeconfig

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestWrittenByOthers: what this program wrote while it was alone needs no watch, and
// what anybody else wrote a moment ago does.
func TestWrittenByOthers(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config")
	writtenAt := func(at time.Time) bool {
		t.Helper()
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return writtenByOthers(path, info)
	}
	if err := os.WriteFile(path, []byte("kind: Config\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if writtenAt(time.Now().Add(-time.Hour)) {
		t.Error("an hour ago is a moment ago")
	}
	f := Files{Paths: []string{path}}
	_, err := f.Update(t.Context(), path, func(data []byte) ([]byte, error) { return append(data, "# edited\n"...), nil })
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || writtenByOthers(path, info) {
		t.Errorf("our own write is taken for another program's: %v", err)
	}
	if !writtenAt(time.Now().Add(time.Hour)) { // which stays young however slow the machine is
		t.Error("another program's write is taken for ours")
	}
}
