//go:build linux

package proc

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/test/patience"
)

// shell is a server in a few words.
func shell(script string) *exec.Cmd { return exec.Command("/bin/sh", "-c", script) }

// written waits until the server has written something to its log.
func written(t *testing.T, p *Process, text string) {
	t.Helper()
	if err := Ready(patience.Context(t), func(context.Context) error {
		if !strings.Contains(Tail(p.Log), text) {
			return errors.New("nothing yet")
		}
		return nil
	}, p); err != nil {
		t.Fatal(err)
	}
}

func TestCloseEndsEverything(t *testing.T) {
	t.Parallel()
	g := NewGroup(t.TempDir())
	stubborn, err := g.Start("stubborn", shell(`trap "" TERM INT; echo up; while :; do read -r line </dev/zero; done`))
	if err != nil {
		t.Fatal(err)
	}
	written(t, stubborn, "up")
	g.Close()
	g.Close() // a second time is harmless
	if err := syscall.Kill(stubborn.Pid(), 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("the process is still there: %v", err)
	}
	if _, err := g.Start("late", shell("exit 0")); err == nil {
		t.Error("a closed group starts processes")
	}
}

func TestStopAsksFirst(t *testing.T) {
	t.Parallel()
	g := NewGroup(t.TempDir())
	defer g.Close()
	p, err := g.Start("polite", shell(`trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.05; done`))
	if err != nil {
		t.Fatal(err)
	}
	written(t, p, "up")
	p.Stop(patience.Limit)
	if got := Tail(p.Log); !strings.Contains(got, "bye") {
		t.Errorf("it had no chance to say goodbye: %s", got)
	}
}

func TestReadyShowsWhyAServerEnded(t *testing.T) {
	t.Parallel()
	g := NewGroup(t.TempDir())
	defer g.Close()
	p, err := g.Start("short", shell("echo no room left; exit 3"))
	if err != nil {
		t.Fatal(err)
	}
	err = Ready(context.Background(), func(context.Context) error { return errors.New("refused") }, p)
	if err == nil || !strings.Contains(err.Error(), "exit status 3") || !strings.Contains(err.Error(), "no room left") {
		t.Errorf("got %v", err)
	}
}

func TestReadyStopsAtTheDeadline(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	err := Ready(ctx, func(context.Context) error { return errors.New("refused") })
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "refused") {
		t.Errorf("got %v", err)
	}
}

func TestIsolatedProcessesEndWithTheFirst(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		if os.Getenv("CI") == "true" {
			t.Fatal("namespaces need root, and CI=true")
		}
		t.Skip("namespaces need root")
	}
	g := NewGroup(t.TempDir())
	defer g.Close()
	cmd := shell(`sleep 1000 & echo "inside $$"; wait`)
	Isolate(cmd)
	p, err := g.Start("family", cmd)
	if err != nil {
		t.Fatal(err)
	}
	written(t, p, "inside 1")
	if n := sharing(t, p); n != 2 {
		t.Fatalf("%d processes write to the log, want 2", n)
	}
	p.Stop(0) // returns only once the kernel has ended the whole namespace
	if n := sharing(t, p); n != 0 {
		t.Errorf("%d processes are left", n)
	}
}

// sharing counts processes that still hold the log of p open.
func sharing(t *testing.T, p *Process) (n int) {
	t.Helper()
	handles, err := filepath.Glob("/proc/[0-9]*/fd/1")
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range handles {
		if to, err := os.Readlink(h); err == nil && to == p.Log { // an error: it ended meanwhile
			n++
		}
	}
	return n
}

func TestReservedPort(t *testing.T) {
	t.Parallel()
	p, err := Reserve()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := net.Dial("tcp", p.Addr()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("before a server listens: %v", err)
	}
	if l, err := net.Listen("tcp", p.Addr()); err == nil {
		l.Close()
		t.Error("somebody else was given the port")
	}
	p.Release()
	l, err := net.Listen("tcp", p.Addr())
	if err != nil {
		t.Fatalf("after its release: %v", err)
	}
	l.Close()
}
