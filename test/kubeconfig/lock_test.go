package kubeconfig

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
)

// TestForeignLockStays: a lock that this program did not make is reported with
// its age and the way to break it, and never broken.
func TestForeignLockStays(t *testing.T) {
	t.Parallel()
	for text, then := range map[string]time.Duration{"": 3 * time.Hour, "pid 17": 50 * time.Hour} {
		path := filepath.Join(t.TempDir(), "config")
		write(t, path, original)
		write(t, path+".lock", text)
		at := time.Now().Add(-then)
		if err := os.Chtimes(path+".lock", at, at); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		f := kubeconfig.Files{Paths: []string{path}, Warn: func(s string) {
			t.Errorf("it waits for a lock that nobody holds any more: %s", s)
			cancel()
		}}
		_, _, err := f.Merge(ctx, []kubeconfig.Entry{entry("prod")}, "prod")
		if err == nil || !strings.Contains(err.Error(), "is locked by kubectl or another tool") || !strings.Contains(err.Error(), "hours") && !strings.Contains(err.Error(), "days") {
			t.Errorf("got %v", err)
		}
		if hint := clierr.Hint(err); !strings.Contains(hint, "config.lock") {
			t.Errorf("the hint %q does not say how to break the lock", hint)
		}
		cancel()
		if got := contents(t, path+".lock"); got != text {
			t.Errorf("the lock was touched: %q", got)
		}
		if got := contents(t, path); got != original {
			t.Errorf("the file holds %q", got)
		}
	}
}

// takeLock makes a lock as kubectl does.
func takeLock(t *testing.T, path string) {
	t.Helper()
	f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_EXCL, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
}

// TestWaitsForALock: a lock that goes away in time is waited for, aloud.
func TestWaitsForALock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config")
	write(t, path, original)
	takeLock(t, path)
	f := kubeconfig.Files{Paths: []string{path}, Wait: time.Minute, Warn: func(s string) {
		if !strings.Contains(s, "waiting for kubectl or another tool") {
			t.Errorf("warning %q", s)
		}
		if err := os.Remove(path + ".lock"); err != nil {
			t.Error(err)
		}
	}}
	if _, _, err := f.Merge(t.Context(), []kubeconfig.Entry{entry("prod")}, "prod"); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, path); !strings.Contains(got, "name: prod") {
		t.Errorf("the file holds %q", got)
	}
}

// TestInterruptedWait: the wait for a lock ends with its context.
func TestInterruptedWait(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config")
	write(t, path, original)
	takeLock(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	f := kubeconfig.Files{Paths: []string{path}, Wait: time.Minute, Warn: func(string) { cancel() }}
	if _, _, err := f.Merge(ctx, []kubeconfig.Entry{entry("prod")}, "prod"); err == nil || ctx.Err() == nil {
		t.Errorf("got %v", err)
	}
}

// TestKubectlRespectsOurLock: while a login works on the file, kubectl fails and
// writes nothing.
func TestKubectlRespectsOurLock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config")
	write(t, path, original)
	_, err := files(path).Update(t.Context(), path, func(data []byte) ([]byte, error) {
		if out, err := kubectl(t, path, "config", "set-context", "between", "--cluster=old"); err == nil {
			t.Errorf("kubectl wrote: %s", out)
		}
		return append(data, "# edited\n"...), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := contents(t, path); got != original+"# edited\n" {
		t.Errorf("the file holds %q", got)
	}
}

// TestChangedWithoutALock: an editor takes no lock. What it saved while a login
// was at work is read again, not overwritten.
func TestChangedWithoutALock(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config")
	write(t, path, original)
	calls := 0
	_, err := files(path).Update(t.Context(), path, func(data []byte) ([]byte, error) {
		if calls++; calls == 1 {
			write(t, path, original+"# saved by an editor\n")
		}
		return append(data, "# ours\n"...), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := contents(t, path), original+"# saved by an editor\n# ours\n"; got != want {
		t.Errorf("the file holds %q, want %q", got, want)
	}
}
