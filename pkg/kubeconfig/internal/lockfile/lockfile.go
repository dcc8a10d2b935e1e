package lockfile

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

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/atomicfile"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// How long to wait for a lock before saying so, and for one of ours that another
// machine made before it counts as stale: nobody here can see whether its process
// still runs.
const (
	quietWait = time.Second
	otherHost = 2 * time.Minute
)

// Names returns the locks that kubectl would take when it writes to any of
// files, each once, in one order for everybody.
func Names(files []string) []string {
	var list []string
	for _, name := range files {
		dir, err := filepath.EvalSymlinks(filepath.Dir(name))
		if err != nil {
			dir = filepath.Dir(name)
		}
		list = append(list, filepath.Join(dir, filepath.Base(name)+".lock"))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Locker takes locks and waits for those that somebody else holds.
type Locker struct {
	Wait   time.Duration // how long to wait for each holder
	Warn   func(string, ...any)
	Needed map[string]bool // locks without which nothing may be written
}

// Lock takes every lock in names, or none. A lock that cannot be made in a
// folder closed to us is left out unless it is needed: kubectl could not take
// it there either. waited reports that somebody else was writing. The wait is
// bounded for each holder: where many log in at once, the last waits for all.
func (l Locker) Lock(ctx context.Context, names []string) (release func(), waited bool, err error) {
	start, pause, warned := time.Now(), firstPause, false
	holder, since := "", start // who has a lock, and since when this has been so
	for {
		locks, busy, err := l.tryAll(names)
		if err != nil {
			return nil, false, err
		}
		if busy == "" {
			return func() { releaseAll(locks) }, waited, nil
		}
		who, err := l.holder(busy)
		if err != nil {
			return nil, false, err
		}
		waited = waited || who != ""
		if who != holder {
			holder, since = who, time.Now()
		}
		if who != "" && time.Since(since) > l.Wait {
			return nil, false, stuck(busy, who, time.Since(since))
		}
		if who != "" && time.Since(start) > quietWait && !warned {
			l.Warn("waiting for %s, who holds %q", who, busy)
			warned = true
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
	pause, stop := context.WithTimeout(ctx, d)
	defer stop()
	<-pause.Done()
	return ctx.Err()
}

// tryAll makes all locks, or gives back those it made and names the busy one.
func (l Locker) tryAll(names []string) (held []*lock, busy string, err error) {
	for _, name := range names {
		k, err := makeLock(name)
		switch {
		case err == nil:
			held = append(held, k)
			continue
		case errors.Is(err, fs.ErrExist):
			releaseAll(held)
			return nil, name, nil
		case !l.Needed[name] && closedToUs(err):
			continue
		}
		releaseAll(held)
		if closedToUs(err) {
			return nil, "", clierr.Errorf("make the folder writable, or name another file with --kubeconfig",
				"the folder %q is not writable, so the kubeconfig in it cannot be replaced: %w", filepath.Dir(name), atomicfile.Cause(err))
		}
		return nil, "", fmt.Errorf("locking the kubeconfig: %w", err)
	}
	return held, "", nil
}

// lock is a lock file of ours. Its process keeps it open in a way that ends with
// the process: that is how others see that it is stale.
type lock struct {
	name string
	file *os.File
}

// makeLock makes the lock file. The error is fs.ErrExist when somebody holds it.
func makeLock(name string) (*lock, error) {
	text, err := json.Marshal(thisProcess())
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
	_ = removeHeld(k.name, k.file) // what stays is seen to be stale
}

func releaseAll(held []*lock) {
	for _, k := range slices.Backward(held) {
		k.release()
	}
}

// holder returns who holds a lock that is in the way, "" when the lock is gone:
// one of ours that is stale is removed. A lock of somebody else is never removed;
// one that is older than anybody would wait is an error at once.
func (l Locker) holder(name string) (who string, err error) {
	info, err := os.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case isClosing(err):
		return "a program that still has it open", nil
	case err != nil:
		return "", fmt.Errorf("looking at the lock %q: %w", name, err)
	}
	age := max(time.Since(info.ModTime()), 0)
	by, ours := readOwner(name, info)
	if !ours {
		who = "kubectl or another tool"
		if age > l.Wait {
			return "", stuck(name, who, age)
		}
		return who, nil
	}
	if by.Host == thisProcess().Host || age > otherHost {
		if f := seizeStale(name); f != nil {
			defer f.Close()
			return "", l.removeStale(name, f, age)
		}
	}
	return fmt.Sprintf("kubectl-catalyst (process %d on %q)", by.PID, by.Host), nil
}

// readOwner reads a lock file and reports whether it is one of ours.
func readOwner(name string, info fs.FileInfo) (owner, bool) {
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return owner{}, false
	}
	f, err := openLock(name)
	if err != nil {
		return owner{}, false
	}
	defer f.Close()
	return ownerIn(f)
}

// removeStale removes a lock that seizeStale opened, if it is one of ours and
// still there: its process may have ended as it should, and another tool may have
// put its own in place of the one that was read before.
func (l Locker) removeStale(name string, f *os.File, age time.Duration) error {
	by, ours := ownerIn(f)
	if !ours || !isFile(name, f) {
		return nil
	}
	if err := removeHeld(name, f); err != nil {
		return fmt.Errorf("removing the lock %q that process %d left behind: %w", name, by.PID, err)
	}
	l.Warn("removed the lock %q: kubectl-catalyst (process %d) left it %s ago", name, by.PID, ageText(age))
	return nil
}

// stuck is the error about a lock that nobody releases.
func stuck(name, who string, age time.Duration) error {
	return clierr.Errorf(fmt.Sprintf("when nothing is writing to the kubeconfig, remove the lock: %s", RemoveCommand(name)),
		"the kubeconfig is locked by %s: %q has been there for %s", who, name, ageText(age))
}

// ageText writes an age the way people say it.
func ageText(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// closedToUs reports whether err says that this user may not write there.
func closedToUs(err error) bool {
	return errors.Is(err, fs.ErrPermission) || isReadOnly(err)
}

// RemoveAbandoned removes the temporary file of a lock whose process was killed
// while it made it. One of a process that lives stays.
func RemoveAbandoned(name string) {
	if f := seizeStale(name); f != nil {
		_ = removeHeld(name, f) // one that stays does no harm
		f.Close()
	}
}
