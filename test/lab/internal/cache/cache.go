// Package cache keeps what takes minutes to make (a root folder, binaries, a
// seeded database) between test runs. An entry is made once, appears whole or
// not at all, and is never changed afterwards: a new recipe is a new name.
package cache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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

// Has tells whether the entry exists, without making it.
func Has(name string) bool {
	dir, err := Dir()
	if err != nil {
		return false
	}
	_, err = os.Stat(filepath.Join(dir, name))
	return err == nil
}

// Make returns the folder of the entry called name and has make fill it first
// when there is none. Of several processes one works and the others wait.
func Make(ctx context.Context, name string, make func(dir string) error) (string, error) {
	dir, err := Dir()
	if err != nil {
		return "", err
	}
	final := filepath.Join(dir, name)
	if _, err := os.Stat(final); err == nil {
		return final, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("making the test cache: %w", err)
	}
	lock := flock.New(filepath.Join(dir, "."+name+".lock"))
	if _, err := lock.TryLockContext(ctx, lockRetry); err != nil {
		return "", fmt.Errorf("waiting for whoever makes %q: %w", name, err)
	}
	defer func() { _ = lock.Close() }()
	if _, err := os.Stat(final); !errors.Is(err, fs.ErrNotExist) {
		return final, err // another process was first
	}
	return final, fill(dir, name, make)
}

// fill makes the entry beside its final place and moves it there when it is
// complete. The caller holds the lock, so leftovers belong to a dead process.
func fill(dir, name string, make func(string) error) error {
	part := filepath.Join(dir, "."+name+".part")
	if err := os.RemoveAll(part); err != nil {
		return fmt.Errorf("clearing an unfinished %q: %w", name, err)
	}
	if err := os.Mkdir(part, 0o700); err != nil {
		return err
	}
	if err := make(part); err != nil {
		_ = os.RemoveAll(part)
		return fmt.Errorf("making %q for the test cache: %w", name, err)
	}
	return os.Rename(part, filepath.Join(dir, name))
}
