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
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/atomicfile"
)

// maxFile bounds what is read back: a token with its catalog is a few
// kilobytes, so a larger file is not ours.
const maxFile = 1 << 20

// lockRetry is how often a waiting process tries a lock again.
const lockRetry = 5 * time.Millisecond

// Store is a folder of private files. The zero value is not usable.
type Store struct {
	dir string

	check     sync.Once // of the folder, before something is read
	untrusted error     // why nothing in it is read

	warn   func(error) // called once with why nothing can be cached; nil: each caller gets the error
	warned sync.Once
}

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

// baseVariable names the variable that moves the cache elsewhere.
func baseVariable() string {
	switch runtime.GOOS {
	case "windows":
		return "LocalAppData"
	case "darwin":
		return "HOME"
	}
	return "XDG_CACHE_HOME"
}

// Open returns the store in dir. Nothing is touched until it is used.
func Open(dir string) *Store { return &Store{dir: dir} }

// OpenForgiving returns the store in dir for a program that can do without it,
// or nil when the folder cannot be used at all. The first thing that cannot be
// written or locked later is passed to warn, and none is an error: a full disk or a
// read-only home costs time, not the work at hand. What cannot be deleted stays an
// error.
func OpenForgiving(dir string, warn func(error)) *Store {
	s := &Store{dir: dir, warn: warn}
	if err := s.prepareFolder(); err != nil {
		warn(err)
		return nil
	}
	return s
}

// forgive passes the first error to warn, where the program can do without the
// store.
func (s *Store) forgive(err error) error {
	if err == nil || s.warn == nil {
		return err
	}
	s.warned.Do(func() { s.warn(err) })
	return nil
}

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
// A file that others could have written is not trusted and is treated as absent.
func (s *Store) Get(key string) ([]byte, error) {
	if err := s.checkTrust(); err != nil {
		return nil, err
	}
	path := s.path(key)
	var info fs.FileInfo
	err := atomicfile.RetryWhileBusy(func() (err error) {
		info, err = os.Lstat(path)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the cache: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile || !isPrivate(info) {
		return nil, nil
	}
	var data []byte
	err = atomicfile.RetryWhileBusy(func() (err error) {
		data, err = atomicfile.ReadUpTo(path, maxFile)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the cache: %w", err)
	}
	return data, nil
}

// checkTrust returns why nothing in the folder may be read. The folder is checked
// once.
func (s *Store) checkTrust() error {
	s.check.Do(func() {
		if info, err := os.Lstat(s.dir); err == nil {
			s.untrusted = s.checkFolder(info)
		}
	})
	return s.untrusted
}

// Keys lists the keys of one kind that something is stored under.
func (s *Store) Keys(kind string) ([]string, error) {
	if err := s.checkTrust(); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the cache: %w", err)
	}
	var keys []string
	for _, e := range entries {
		if name := e.Name(); strings.HasPrefix(name, kind+"-") && filepath.Ext(name) == "" {
			keys = append(keys, name)
		}
	}
	return keys, nil
}

// Set stores data under key, mode 0600.
func (s *Store) Set(key string, data []byte) error {
	if err := s.prepareFolder(); err != nil {
		return s.forgive(err)
	}
	if err := atomicfile.Write(s.path(key), data, 0o600); err != nil {
		return s.forgive(fmt.Errorf("writing the cache: %w", err))
	}
	return nil
}

// Delete removes what is stored under key. A key that is not there is no error.
func (s *Store) Delete(key string) error {
	if err := s.checkTrust(); err != nil {
		return err
	}
	if err := atomicfile.Remove(s.path(key)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("clearing the cache: %w", err)
	}
	return nil
}

// Lock waits until this process alone holds key, or ctx ends. The lock ends with
// the process at the latest. Call the returned function to release it.
func (s *Store) Lock(ctx context.Context, key string) (release func(), err error) {
	if err := s.prepareFolder(); err != nil {
		return func() {}, s.forgive(err)
	}
	path := s.path(key) + ".lock"
	l := flock.New(path, flock.SetPermissions(0o600))
	err = atomicfile.RetryWhileBusy(func() error {
		_, err := l.TryLockContext(ctx, lockRetry)
		return err
	})
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, fmt.Errorf("waiting for another process to finish signing in: %w", err)
	case err != nil:
		return func() {}, s.forgive(explainLock(path, err))
	}
	// The lock file stays: removing it would let two processes hold two files.
	return func() { _ = l.Unlock() }, nil
}

func (s *Store) path(key string) string { return filepath.Join(s.dir, key) }
