package lockfile

import (
	"os"
	"path/filepath"
	"testing"
)

// TestRemoveHeldLeavesOtherFiles: two processes find a lock that was left behind,
// the first one removes it, a third makes its own, and only then comes the second.
func TestRemoveHeldLeavesOtherFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := filepath.Join(dir, "config.lock")
	if err := os.WriteFile(name, []byte("left behind"), 0o600); err != nil {
		t.Fatal(err)
	}
	stale := seizeStale(name)
	if stale == nil {
		t.Fatal("a lock that nobody holds cannot be taken over")
	}
	defer stale.Close()
	if err := os.Rename(name, filepath.Join(dir, "elsewhere")); err != nil {
		t.Skipf("on this system nobody else can move or remove it: %v", err)
	}
	lock, err := createLock(name, []byte("of the third\n"))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := removeHeld(name, stale); err != nil {
		t.Error(err)
	}
	if !isFile(name, lock) {
		t.Error("the lock of the third process is gone")
	}
}

// TestRemoveHeld: what is held is removed, and nothing else is left in its place.
func TestRemoveHeld(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := filepath.Join(dir, "config.lock")
	lock, err := makeLock(name)
	if err != nil {
		t.Fatal(err)
	}
	if f := seizeStale(name); f != nil {
		f.Close()
		t.Error("the lock of a living process was taken over")
	}
	lock.release()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("%v is left: %v", entries, err)
	}
}

// TestWaiterDoesNotKeepTheOwnerFromReleasing: on Windows, whoever opens a file in
// the usual way keeps everybody else from removing it.
func TestWaiterDoesNotKeepTheOwnerFromReleasing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := filepath.Join(dir, "config.lock")
	lock, err := makeLock(name)
	if err != nil {
		t.Fatal(err)
	}
	waiting, err := openLock(name)
	if err != nil {
		t.Fatal(err)
	}
	defer waiting.Close()
	if by, ours := ownerIn(waiting); !ours || by.PID != os.Getpid() {
		t.Errorf("the lock says %v", by)
	}
	lock.release()
	again, err := makeLock(name)
	if err != nil {
		t.Fatalf("while somebody still reads the old lock: %v", err)
	}
	again.release()
}
