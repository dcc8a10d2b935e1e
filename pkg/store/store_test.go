package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

func TestSetGetDelete(t *testing.T) {
	t.Parallel()
	s := store.Open(filepath.Join(t.TempDir(), "a", "cache"))
	key := store.Key("token", "alice", "demo")
	if got, err := s.Get(key); got != nil || err != nil {
		t.Fatalf("an empty store has %q, %v", got, err)
	}
	for _, want := range []string{"one", "two"} {
		if err := s.Set(key, []byte(want)); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Get(key); string(got) != want || err != nil {
			t.Errorf("Get = %q, %v; want %q", got, err, want)
		}
	}
	for range 2 {
		if err := s.Delete(key); err != nil {
			t.Error(err)
		}
	}
	if got, err := s.Get(key); got != nil || err != nil {
		t.Errorf("a deleted key has %q, %v", got, err)
	}
}

func TestKeysDoNotRunTogether(t *testing.T) {
	t.Parallel()
	keys := map[string]bool{}
	for _, parts := range [][]string{{"a", "bc"}, {"ab", "c"}, {"abc"}, {"abc", ""}, {"1:a,"}, {"a"}} {
		keys[store.Key("k", parts...)] = true
	}
	if len(keys) != 6 {
		t.Errorf("%d different keys, want 6", len(keys))
	}
}

func TestFilesArePrivate(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has access lists in place of mode bits; the profile folder's keep others out")
	}
	dir := filepath.Join(t.TempDir(), "cache")
	if err := os.Mkdir(dir, 0o755); err != nil { // as an older program or a careless umask left it
		t.Fatal(err)
	}
	s := store.Open(dir)
	if err := s.Set("k", []byte("secret")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, "k"): 0o600} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("mode of %s is %o, want %o", filepath.Base(path), got, want)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "k"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get("k"); got != nil || err != nil {
		t.Errorf("a file that others can read is trusted: %q, %v", got, err)
	}
}

func TestALinkIsNotTrusted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	target := filepath.Join(dir, "target")
	if err := os.WriteFile(target, []byte("planted"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, filepath.Join(dir, "k")); err != nil {
		t.Skipf("this system lets nobody make a link: %v", err)
	}
	if got, err := store.Open(dir).Get("k"); got != nil || err != nil {
		t.Errorf("Get = %q, %v", got, err)
	}
}

func TestLockIsForOne(t *testing.T) {
	t.Parallel()
	s := store.Open(t.TempDir())
	release, err := s.Lock(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.Lock(ctx, "k"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a held lock was given away: %v", err)
	}
	other, err := s.Lock(t.Context(), "another")
	if err != nil {
		t.Errorf("another key is locked too: %v", err)
	} else {
		other()
	}
	release()
	again, err := s.Lock(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	again()
}

func TestDefaultDir(t *testing.T) {
	t.Parallel()
	if _, err := store.DefaultDir(func(string) string { return "" }); err == nil {
		t.Error("a folder was found without any variable")
	}
	want, err := os.UserCacheDir()
	if err != nil {
		t.Skipf("this machine names no cache folder: %v", err)
	}
	got, err := store.DefaultDir(os.Getenv)
	if err != nil || got != filepath.Join(want, "kubectl-catalyst") {
		t.Errorf("DefaultDir = %q, %v; want below %q", got, err, want)
	}
}
