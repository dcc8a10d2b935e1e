// Package cache keeps what takes minutes to make (a root folder, binaries, a
// seeded database) between test runs. An entry is made once, appears whole or
// not at all, and is never changed afterwards: a new recipe is a new name.
//
// Only a preparation makes entries; tests find them. So no test waits for
// minutes, and none of its deadlines covers a download or a compiler.
package cache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// Variable names the folder of the cache when the default does not suit.
const Variable = "KUBECTL_CATALYST_TEST_CACHE"

// lockRetry is how often a process that waits for another one's work looks again.
const lockRetry = 100 * time.Millisecond

// Dir returns the folder of the cache: $KUBECTL_CATALYST_TEST_CACHE, else
// kubectl-catalyst-test below the user's cache folder.
func Dir() (string, error) {
	if dir := os.Getenv(Variable); dir != "" {
		return filepath.Abs(dir)
	}
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the test cache: %w (set %s)", err, Variable)
	}
	return filepath.Join(base, "kubectl-catalyst-test"), nil
}

// Key shortens a recipe to what fits into a folder's name. Any change of any
// part gives another key.
func Key(recipe ...[]byte) string {
	h := sha256.New()
	for _, part := range recipe {
		fmt.Fprintf(h, "%d:", len(part)) // lengths keep ("a","bc") and ("ab","c") apart
		h.Write(part)
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}

// MissingError says that an entry has not been prepared.
type MissingError struct{ Name string }

func (e *MissingError) Error() string {
	return fmt.Sprintf(`%s is not in the test cache: run "make prepare"`, e.Name)
}

// Find returns the folder of an entry that has been prepared, and a
// *MissingError when it has not.
func Find(name string) (string, error) {
	dir, err := Dir()
	if err != nil {
		return "", err
	}
	final := filepath.Join(dir, name)
	if info, err := os.Stat(final); err != nil || !info.IsDir() {
		return "", &MissingError{name}
	}
	return final, nil
}

// Make has make fill the folder of the entry called name, unless the entry is
// there and is what its manifest says; say is told what takes long. Of several
// processes one works and the others wait. It reports whether it made the entry.
func Make(ctx context.Context, name string, say func(string), make func(dir string) error) (made bool, err error) {
	dir, err := Dir()
	if err != nil {
		return false, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return false, fmt.Errorf("making the test cache: %w (%s names another place)", err, Variable)
	}
	release, err := lock(ctx, dir, name, say)
	if err != nil {
		return false, err
	}
	defer release()
	removeUnfinished(dir, name)
	final := filepath.Join(dir, name)
	if _, err := os.Lstat(final); err == nil {
		wrong := verify(final)
		if wrong == nil {
			return false, nil
		}
		say(fmt.Sprintf("broken, so made anew: %v", wrong))
		if err := discard(dir, name); err != nil {
			return false, err
		}
	}
	return true, fill(dir, name, make)
}

// lock waits until no other process makes the entry. The lock ends with its
// process, however that ends.
func lock(ctx context.Context, dir, name string, say func(string)) (release func(), err error) {
	l := flock.New(filepath.Join(dir, "."+name+".lock"))
	free, err := l.TryLock()
	if err == nil && !free {
		say("waiting for another process that makes it")
		_, err = l.TryLockContext(ctx, lockRetry)
	}
	if err != nil {
		return nil, fmt.Errorf("waiting for whoever makes %q: %w", name, err)
	}
	return func() { _ = l.Close() }, nil
}

// fill makes the entry in a folder of its own beside the final place, and moves
// it there when it is complete and has its manifest. The folder has a new name
// each time: a program that outlived its killed owner writes into nobody else's.
func fill(dir, name string, make func(string) error) error {
	if diskIsFull(dir) {
		return &FullDiskError{Dir: dir}
	}
	part, err := os.MkdirTemp(dir, unfinished(name)+"*")
	if err != nil {
		return explainFullDisk(dir, fmt.Errorf("making %q: %w", name, err))
	}
	defer func() { _ = os.RemoveAll(part) }() // when it was not moved
	if err := make(part); err != nil {
		return explainFullDisk(dir, fmt.Errorf("making %q: %w", name, err))
	}
	if err := writeManifest(part); err != nil {
		return explainFullDisk(dir, fmt.Errorf("completing %q: %w", name, err))
	}
	return os.Rename(part, filepath.Join(dir, name))
}

// discard removes a broken entry. It is moved away first, so that no half of it
// is ever found.
func discard(dir, name string) error {
	away := filepath.Join(dir, fmt.Sprintf("%sbroken-%d", unfinished(name), os.Getpid()))
	if err := os.Rename(filepath.Join(dir, name), away); err != nil {
		return fmt.Errorf("removing the broken %q: %w", name, err)
	}
	if err := os.RemoveAll(away); err != nil {
		return fmt.Errorf("removing the broken %q: %w", name, err)
	}
	return nil
}

// unfinished is how the folders begin in which an entry is made.
func unfinished(name string) string { return "." + name + ".part" }

// removeUnfinished removes what killed processes left of an entry. The caller
// holds the lock, so nobody works in there.
func removeUnfinished(dir, name string) {
	left, _ := filepath.Glob(filepath.Join(dir, unfinished(name)+"*"))
	for _, path := range left {
		_ = os.RemoveAll(path) // what stays is never believed, and tried again next time
	}
}

// Others returns the entries that are not among names: of older versions of the
// recipes, or of another checkout.
func Others(names []string) []string {
	dir, err := Dir()
	if err != nil {
		return nil
	}
	known := map[string]bool{"tools": true}
	for _, name := range names {
		known[name] = true
	}
	entries, _ := os.ReadDir(dir)
	var others []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && !known[e.Name()] {
			others = append(others, filepath.Join(dir, e.Name()))
		}
	}
	return others
}

// IsMissing reports whether an error says that an entry has not been prepared.
func IsMissing(err error) bool {
	var missing *MissingError
	return errors.As(err, &missing)
}
