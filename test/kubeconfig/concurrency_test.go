package kubeconfig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// watched is how long a login watches that its entry stays while others write, as
// docs/kubeconfig-safety.md promises.
const watched = 400 * time.Millisecond

// span is when something ran.
type span struct{ begin, end time.Time }

func (s span) overlaps(other span) bool {
	return s.begin.Before(other.end) && other.begin.Before(s.end)
}

// TestLoginsBesideKubectl lets 64 processes log in to 64 clusters at once while
// kubectl writes to the same file, and asks kubectl for every context that one
// of them said was written.
//
// kubectl deletes what appears between its reading and its locking. A login whose
// entry a kubectl deletes later than the login watches cannot know; on a machine
// that stops a kubectl for so long this happens. Such a login, and no other, may be
// gone, and logging in again must bring it back.
func TestLoginsBesideKubectl(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	write(t, path, original)
	ctx, done := context.WithCancel(t.Context())
	var wrote []string
	var slow []span // kubectls that took longer than a login watches
	var loop sync.WaitGroup
	loop.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			name := fmt.Sprintf("by-kubectl-%d", i)
			begin := time.Now()
			// Finding the file locked, kubectl fails and says so.
			if _, err := kubectl(t, path, "config", "set-context", name, "--cluster=old", "--user=old"); err != nil {
				continue
			}
			wrote = append(wrote, name)
			if time.Since(begin) > watched {
				slow = append(slow, span{begin, time.Now()})
			}
		}
	})
	logins := logInAtOnce(t, path, 64)
	done()
	loop.Wait()
	if len(wrote) == 0 {
		t.Error("kubectl never got to write")
	}
	undone := missing(t, path, logins)
	for _, name := range undone {
		if !slices.ContainsFunc(slow, logins[name].overlaps) {
			t.Errorf("context %q is gone, and no kubectl took longer than a login watches", name)
		}
		if out, err := helper(t.Context(), "login", path, name).CombinedOutput(); err != nil {
			t.Errorf("login %q once more: %v: %s", name, err, out)
		}
	}
	for _, name := range append(wrote, "old") {
		logins[name] = span{}
	}
	if gone := missing(t, path, logins); len(gone) > 0 {
		t.Errorf("contexts %q are gone", gone)
	}
	t.Logf("64 logins beside %d writes of kubectl, %d of them slow; they undid %d logins", len(wrote), len(slow), len(undone))
}

// logInAtOnce runs n logins side by side and returns when each of them ran.
func logInAtOnce(t *testing.T, path string, n int) map[string]span {
	t.Helper()
	spans, errs := make([]span, n), make([]error, n)
	var logins sync.WaitGroup
	for i := range n {
		logins.Go(func() {
			spans[i].begin = time.Now()
			if out, err := helper(t.Context(), "login", path, fmt.Sprintf("login-%d", i)).CombinedOutput(); err != nil {
				errs[i] = fmt.Errorf("login %d: %w: %s", i, err, out)
			}
			spans[i].end = time.Now()
		})
	}
	logins.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	all := map[string]span{}
	for i, s := range spans {
		all[fmt.Sprintf("login-%d", i)] = s
	}
	return all
}

// missing returns which of the named contexts kubectl does not find.
func missing(t *testing.T, path string, names map[string]span) (gone []string) {
	t.Helper()
	out, err := kubectl(t, path, "config", "get-contexts", "-o", "name")
	if err != nil {
		t.Fatal(err)
	}
	has := strings.Fields(string(out))
	for name := range names {
		if !slices.Contains(has, name) {
			gone = append(gone, name)
		}
	}
	return gone
}

// TestLoginAfterLoginIsWatched: a login that waits for nobody, because another
// login of ours was the last to write, still notices that a kubectl is about: what
// that one deletes is written once more.
func TestLoginAfterLoginIsWatched(t *testing.T) {
	t.Parallel()
	for range 10 {
		if late := undoSecondLogin(t); !late {
			return
		}
	}
	t.Error("this machine was too slow to delete a login while it was watched, 10 times")
}

// undoSecondLogin logs in to two clusters after a kubectl wrote, deletes the second
// login as soon as it is there, and reports whether that took longer than a login
// watches.
func undoSecondLogin(t *testing.T) (late bool) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, []byte(original), 0o600); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := login(path, "one"); err != nil {
		t.Fatal(err)
	}
	one := contents(t, path)
	if time.Since(began) > time.Second {
		return true // that a kubectl wrote is too long ago
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var undo sync.WaitGroup
	undo.Go(func() {
		for data := []byte(one); !strings.Contains(string(data), "name: two"); data, _ = os.ReadFile(path) {
			if ctx.Err() != nil {
				return
			}
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Error(err)
			return
		}
		// As kubectl does, which had read the file before the second login.
		if err := os.WriteFile(path, []byte(one), 0o600); err != nil {
			t.Error(err)
		}
		late = time.Since(info.ModTime()) > watched/2
	})
	if err := login(path, "two"); err != nil {
		t.Error(err)
		cancel()
	}
	undo.Wait()
	if !late && !strings.Contains(contents(t, path), "name: two") {
		t.Error("the second login is gone")
	}
	return late
}
