//go:build linux

package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// bin holds the programs, built as they are released.
var bin = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "catalyst-bench-")
	if err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", dir, "github.com/catalyst-cloud/kubectl-catalyst/cmd/...")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return dir, fmt.Errorf("%w: %s", err, out)
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	stopBed()
	if dir, _ := bin(); dir != "" {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// program returns the path of one of the programs.
func program(b *testing.B, name string) string {
	b.Helper()
	dir, err := bin()
	if err != nil {
		b.Fatal(err)
	}
	return filepath.Join(dir, name)
}

// usage is what one process took.
type usage struct {
	wall, cpu time.Duration
	memory    int64 // bytes at the most
}

// measure runs cmd to its end.
func measure(b *testing.B, cmd *exec.Cmd) usage {
	b.Helper()
	var complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.Discard, &complaints
	began := time.Now()
	if err := cmd.Run(); err != nil {
		b.Fatalf("%s: %v: %s", cmd.Args, err, complaints.Bytes())
	}
	u := usage{wall: time.Since(began), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		u.memory = r.Maxrss << 10
	}
	return u
}

// command prepares a program with nothing of this machine's environment.
func command(ctx context.Context, path string, env []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append([]string{"PATH=" + filepath.Dir(path) + string(os.PathListSeparator) + os.Getenv("PATH")}, env...)
	return cmd
}

// median of one figure of several runs.
func median[T int64 | time.Duration](all []usage, figure func(usage) T) float64 {
	values := make([]T, len(all))
	for i, u := range all {
		values[i] = figure(u)
	}
	slices.Sort(values)
	return float64(values[len(values)/2])
}

func wall(u usage) time.Duration { return u.wall }
func cpu(u usage) time.Duration  { return u.cpu }
func memory(u usage) int64       { return u.memory }
