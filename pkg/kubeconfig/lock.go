package kubeconfig

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// Backoff between two looks at a lock that somebody else holds, and how long to
// wait before saying so.
const (
	firstPause = 2 * time.Millisecond
	longPause  = 100 * time.Millisecond
	quietWait  = time.Second
)

// lockOwner is what a lock of ours says. kubectl's locks are empty.
type lockOwner struct {
	Program string    `json:"program"`
	PID     int       `json:"pid"`
	Host    string    `json:"host"`
	Since   time.Time `json:"since"`
}

const lockProgram = "kubectl-catalyst"

func newOwner() lockOwner {
	host, _ := os.Hostname() // without a name, locks are compared by "" on both sides
	return lockOwner{Program: lockProgram, PID: os.Getpid(), Host: host, Since: time.Now()}
}

// lockNames returns the files that kubectl would lock when it writes to any of
// names, each once, in one order for everybody.
func lockNames(names []string) []string {
	var list []string
	for _, name := range names {
		dir, err := filepath.EvalSymlinks(filepath.Dir(name))
		if err != nil {
			dir = filepath.Dir(name)
		}
		list = append(list, filepath.Join(dir, filepath.Base(name)+".lock"))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// locker waits for locks.
type locker struct {
	wait   time.Duration
	warn   func(string, ...any)
	needed map[string]bool // locks without which nothing may be written
}

// lockAll takes every lock in names, or none. A lock that cannot be made in a
// folder closed to us is passed over unless it is needed: kubectl could not
// take it there either. waited says that somebody else was writing. The wait for
// each holder is bounded: where many log in at once, the last one waits for all.
func (l locker) lockAll(ctx context.Context, names []string) (release func(), waited bool, err error) {
	start, pause, told := time.Now(), firstPause, false
	holder, held := "", start // who has a lock, and since when this has been so
	for {
		locks, busy, err := l.try(names)
		if err != nil {
			return nil, false, err
		}
		if busy == "" {
			return func() { releaseAll(locks) }, waited, nil
		}
		who, err := l.judge(busy)
		if err != nil {
			return nil, false, err
		}
		waited = waited || who != ""
		if who != holder {
			holder, held = who, time.Now()
		}
		if who != "" && time.Since(held) > l.wait {
			return nil, false, stuck(busy, who, time.Since(held))
		}
		if who != "" && time.Since(start) > quietWait && !told {
			l.warn("waiting for %s, who holds %q", who, busy)
			told = true
		}
		if who == "" {
			continue // it is gone: try again at once
		}
		if err := sleep(ctx, pause/2+rand.N(pause)); err != nil {
			return nil, false, fmt.Errorf("waiting for %s to release %q: %w", who, busy, err)
		}
		pause = min(pause*2, longPause)
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// try makes all locks, or gives back those it made and names the busy one.
func (l locker) try(names []string) (held []*lock, busy string, err error) {
	for _, name := range names {
		k, err := makeLock(name)
		switch {
		case err == nil:
			held = append(held, k)
			continue
		case errors.Is(err, fs.ErrExist):
			releaseAll(held)
			return nil, name, nil
		case !l.needed[name] && closedToUs(err):
			continue
		}
		releaseAll(held)
		if closedToUs(err) {
			return nil, "", clierr.Errorf("make the folder writable, or name another file with --kubeconfig",
				"the folder %q is not writable, so the kubeconfig in it cannot be replaced: %w", filepath.Dir(name), cause(err))
		}
		return nil, "", fmt.Errorf("locking the kubeconfig: %w", err)
	}
	return held, "", nil
}

// lock is a lock file of ours. Its process keeps it open in a way that ends with
// the process: that is how others see that it was left behind.
type lock struct {
	name string
	file *os.File
}

// makeLock makes the lock file; an error that is fs.ErrExist says that somebody
// holds it.
func makeLock(name string) (*lock, error) {
	text, err := json.Marshal(newOwner())
	if err != nil {
		return nil, err
	}
	if _, err := os.Lstat(name); err == nil {
		return nil, fs.ErrExist
	}
	f, err := createLock(name, append(text, '\n'))
	if err != nil {
		return nil, err
	}
	return &lock{name, f}, nil
}

// release removes the lock file, while it is still held, if it is still ours.
func (k *lock) release() {
	defer k.file.Close()
	_ = removeHeld(k.name, k.file) // left behind it is seen as such
}

func releaseAll(held []*lock) {
	for _, k := range slices.Backward(held) {
		k.release()
	}
}
