// Test prepares what the tests need, runs all of them whatever the others did, and
// ends with one count over all. Its exit code is 0 when everything is well.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/prepare"
)

// grace is how long interrupted tests may take to end what they started.
const grace = time.Minute

func main() {
	only := flag.Bool("events", false, "run the tests and write their events to stdout, for gotestsum")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	do := test
	if *only {
		do = events
	}
	err := do(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// test prepares, runs and counts. What could not be prepared does not keep the
// tests from running: those that need it say so.
func test(ctx context.Context) error {
	report := prepare.Tests(ctx, os.Stderr)
	if err := context.Cause(ctx); err != nil {
		return err
	}
	c, err := runAll(ctx)
	if err := report.Err(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
	}
	if err != nil {
		return err
	}
	c.print(os.Stdout)
	if len(c.failed) > 0 || report.Err() != nil || ctx.Err() != nil {
		os.Exit(1) // what failed has just been said, and the count is the last line
	}
	return nil
}

// runAll has gotestsum run this program with -events and show what it says, and
// counts.
func runAll(ctx context.Context) (count, error) {
	tools, err := prepare.Gotestsum().Find(ctx)
	if err != nil {
		return count{}, err
	}
	self, err := os.Executable()
	if err != nil {
		return count{}, err
	}
	dir, err := os.MkdirTemp("", "catalyst-test-")
	if err != nil {
		return count{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	record := filepath.Join(dir, "events.json")
	cmd := exec.CommandContext(ctx, filepath.Join(tools, "gotestsum"), "--format", "pkgname", "--jsonfile", record, "--raw-command", "--", self, "-events")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it passes this on
	cmd.WaitDelay = grace
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	var exit *exec.ExitError
	ran := cmd.Run()
	if ran != nil && !errors.As(ran, &exit) {
		return count{}, fmt.Errorf("running gotestsum: %w", ran)
	}
	from, err := os.Open(record)
	if err != nil {
		return count{}, err
	}
	defer from.Close()
	c, err := readCount(from)
	if err == nil && ran != nil && len(c.failed) == 0 {
		c.failed = append(c.failed, "gotestsum: "+ran.Error()) // never green when it was not
	}
	return c, err
}

func events(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, "go", "list", "-e", "./...").Output()
	if err != nil {
		return fmt.Errorf("listing the packages: %w", err)
	}
	if err := stream(ctx, lanes(strings.Fields(string(out)), runtime.NumCPU()), os.Stdout); err != nil {
		os.Exit(1) // the events say what failed
	}
	return nil
}
