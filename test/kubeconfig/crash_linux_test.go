//go:build amd64 || arm64

package kubeconfig

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
)

// sure are the calls that a write makes in every run alike. Of others, Go's
// runtime makes more or fewer: a kill that comes too late proves nothing there.
var sure = map[uint64]bool{
	syscall.SYS_OPENAT: true, syscall.SYS_FSYNC: true, syscall.SYS_RENAMEAT: true, syscall.SYS_LINKAT: true,
	syscall.SYS_UNLINKAT: true, syscall.SYS_FCHMOD: true, syscall.SYS_FLOCK: true, syscall.SYS_FCHMODAT: true,
	syscall.SYS_READLINKAT: true, syscall.SYS_WRITE: true,
}

// scene is a write to be killed.
type scene struct {
	name   string
	role   string
	before func(t *testing.T, path string) // nil: no file
}

var scenes = []scene{
	{"login into a file", "login", func(t *testing.T, path string) { write(t, path, original) }},
	{"login makes the file", "login", nil},
	{"logout", "logout", func(t *testing.T, path string) {
		write(t, path, original)
		if err := login(path, "prod"); err != nil {
			t.Fatal(err)
		}
	}},
	{"logout removes the file", "logout", func(t *testing.T, path string) {
		if err := login(path, "prod"); err != nil {
			t.Fatal(err)
		}
	}},
}

// maybe returns what a file holds, nil without one.
func maybe(path string) []byte {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return data
}

// quickDir is a temporary folder in memory where there is one: what a killed
// process wrote is there without a disk, and flushing takes no time.
func quickDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "kubeconfig-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// TestKilledAtEverySystemCall kills the writer with SIGKILL as it enters each of
// its system calls. The file is the old or the new one, whole; and the next
// login works, lock or no lock.
func TestKilledAtEverySystemCall(t *testing.T) {
	for _, s := range scenes {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			dir := quickDir(t)
			stage := func(n int) (path string, old []byte) {
				path = filepath.Join(dir, fmt.Sprint(n), "config")
				if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if s.before != nil {
					s.before(t, path)
					age(t, path)
				}
				return path, maybe(path)
			}
			path, old := stage(0)
			calls, killed, err := trace(step{}, s.role, path, "prod")
			if err != nil || killed {
				t.Fatalf("the undisturbed run: %v", err)
			}
			new := maybe(path)
			if bytes.Equal(old, new) {
				t.Fatal("the undisturbed run changed nothing")
			}
			kills := 0
			for n, at := range calls {
				path, _ := stage(n + 1)
				_, killed, err := trace(at, s.role, path, "prod")
				if err != nil {
					t.Fatalf("%v: %v", at, err)
				}
				if killed {
					kills++
				} else if sure[at.number] {
					t.Errorf("%v was not reached again", at)
				}
				whole(t, path, old, new, at)
			}
			t.Logf("killed at %d of %d system calls", kills, len(calls))
			if kills < 30 {
				t.Errorf("killed only %d times", kills)
			}
		})
	}
}

// whole checks the file after a kill, and that life goes on.
func whole(t *testing.T, path string, old, new []byte, at step) {
	t.Helper()
	if got := maybe(path); !bytes.Equal(got, old) && !bytes.Equal(got, new) {
		t.Fatalf("killed at %v the file is neither old nor new:\n%s", at, got)
	}
	age(t, path)
	if err := login(path, "next"); err != nil {
		t.Fatalf("killed at %v, the next login fails: %v", at, err)
	}
	got := contents(t, path)
	if !strings.Contains(got, "name: next") || old != nil && !strings.Contains(got, "token: example") && strings.Contains(string(old), "token: example") {
		t.Fatalf("killed at %v, after the next login:\n%s", at, got)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range left {
		if base := filepath.Base(name); base != "config" && base != "config.catalyst-backup" {
			t.Errorf("killed at %v, the next login leaves %q behind", at, base)
		}
	}
}

// TestKilledAtRandomMoments kills 500 logins while others write to the same
// file. What a login that was left alone wrote stays, and so does what was there.
func TestKilledAtRandomMoments(t *testing.T) {
	path := filepath.Join(quickDir(t), "config")
	write(t, path, original)
	ctx, done := context.WithCancel(t.Context())
	defer done()
	var load sync.WaitGroup
	load.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			if err := login(path, fmt.Sprintf("steady-%d", i%10)); err != nil {
				t.Errorf("a login that nobody killed: %v", err)
			}
		}
	})
	var victims sync.WaitGroup
	for w := range 4 {
		victims.Go(func() {
			for i := range 125 {
				if err := shoot(ctx, path, fmt.Sprintf("victim-%d-%d", w, i%20)); err != nil {
					t.Error(err)
				}
				intact(t, path)
			}
		})
	}
	victims.Wait()
	done()
	load.Wait()
	if err := login(path, "last"); err != nil {
		t.Fatal(err)
	}
	if err := logout(path); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, path); got != original {
		t.Errorf("after 500 kills and a logout:\n%s", got)
	}
}

// shoot starts a login and kills it within a few milliseconds after its write
// began.
func shoot(ctx context.Context, path, name string) error {
	cmd := helper(ctx, "login", path, name)
	began, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	_, _ = began.Read(make([]byte, 1)) // an error means that it is over already
	time.Sleep(rand.N(12 * time.Millisecond))
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // killed, as it should be, or done before that
	return nil
}

// intact checks that a file that others write to is whole.
func intact(t *testing.T, path string) {
	t.Helper()
	data := maybe(path)
	if _, err := kubeconfig.List(data); err != nil {
		t.Errorf("after a kill the file does not load: %v", err)
	}
	rest, _, err := kubeconfig.Remove(data, func(kubeconfig.Owned) bool { return true })
	if err != nil || string(rest) != original {
		t.Errorf("after a kill the rest of the file is %q: %v", rest, err)
	}
}
