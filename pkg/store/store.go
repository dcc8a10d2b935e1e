// Package store is the private cache of tokens and certificates: a folder that
// only its owner can enter, a file per key replaced in one step, and a lock per
// key so that of many processes one does the work.
package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gofrs/flock"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/atomicfile"
)

// maxFile bounds what is read back: a token with its catalog is a few
// kilobytes, so a larger file is not ours.
const maxFile = 1 << 20

// lockRetry is how often a waiting process looks at a lock again.
const lockRetry = 5 * time.Millisecond

// Store is a folder of private files. The zero value is not usable.
type Store struct{ dir string }

// DefaultDir returns the folder of the private cache: kubectl-catalyst below
// the user's cache folder, where os.UserCacheDir has it on each system.
func DefaultDir(getenv func(string) string) (string, error) {
	variable, below := "HOME", ".cache"
	switch runtime.GOOS {
	case "windows":
		variable, below = "LocalAppData", ""
	case "darwin":
		below = filepath.Join("Library", "Caches")
	default:
		if dir := getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
			variable, below = "XDG_CACHE_HOME", ""
		}
	}
	base := getenv(variable)
	if base == "" {
		return "", fmt.Errorf("finding the cache folder: %s is not set", variable)
	}
	return filepath.Join(base, below, "kubectl-catalyst"), nil
}

// Open returns the store in dir. Nothing is touched until it is used.
func Open(dir string) *Store { return &Store{dir: dir} }

// Key derives a file name from what identifies a thing. The parts are hashed,
// so names say nothing about people, projects or clusters.
func Key(kind string, parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s,", len(p), p) // lengths keep ("a","bc") and ("ab","c") apart
	}
	return kind + "-" + hex.EncodeToString(h.Sum(nil))[:32]
}

// Get returns what was stored under key, or nil when there is nothing usable.
// A file that others could have written is not trusted and counts as absent.
func (s *Store) Get(key string) ([]byte, error) {
	path := s.path(key)
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the cache: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile || !private(info) {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the cache: %w", err)
	}
	return data, nil
}

// Put stores data under key, mode 0600.
func (s *Store) Put(key string, data []byte) error {
	if err := s.prepare(); err != nil {
		return err
	}
	if err := atomicfile.Write(s.path(key), data, 0o600); err != nil {
		return fmt.Errorf("writing the cache: %w", err)
	}
	return nil
}

// Delete forgets key. A key that is not there is no error.
func (s *Store) Delete(key string) error {
	if err := os.Remove(s.path(key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("clearing the cache: %w", err)
	}
	return nil
}

// Lock waits until this process alone holds key, or ctx ends. The lock goes
// with the process, however it ends. Call the returned function to release it.
func (s *Store) Lock(ctx context.Context, key string) (release func(), err error) {
	if err := s.prepare(); err != nil {
		return nil, err
	}
	l := flock.New(s.path(key)+".lock", flock.SetPermissions(0o600))
	if _, err := l.TryLockContext(ctx, lockRetry); err != nil {
		return nil, fmt.Errorf("waiting for another process to finish signing in: %w", err)
	}
	// The lock file stays: removing it would let two processes hold two files.
	return func() { _ = l.Unlock() }, nil
}

func (s *Store) path(key string) string { return filepath.Join(s.dir, key) }

// prepare makes the folder, or closes one that others could enter.
func (s *Store) prepare() error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("making the cache folder: %w", err)
	}
	info, err := os.Stat(s.dir)
	if err != nil {
		return fmt.Errorf("looking at the cache folder: %w", err)
	}
	if private(info) {
		return nil
	}
	if err := os.Chmod(s.dir, 0o700); err != nil {
		return fmt.Errorf("the cache folder %q is open to other users and cannot be closed: %w", s.dir, err)
	}
	return nil
}
