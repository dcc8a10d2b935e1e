// Peer is the other program in the tests of Windows: it starts programs with an
// environment of Windows' own, and gets in their way as a virus scanner or an
// editor does.
package main

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/windows"
)

func main() {
	if len(os.Args) < 3 {
		fail(errors.New("usage: peer run|disturb|kill|host ..."))
	}
	args := os.Args[2:]
	switch os.Args[1] {
	case "run":
		run(args)
	case "disturb":
		disturb(args)
	case "kill":
		kill(args)
	case "host":
		host()
	default:
		fail(fmt.Errorf("unknown: %s", os.Args[1]))
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "peer:", err)
	os.Exit(99)
}

// command prepares "DIR NAME=VALUE... -- PROGRAM ARG...". The program gets these
// variables alone.
func command(args []string) *exec.Cmd {
	i := slices.Index(args, "--")
	if i < 1 || i == len(args)-1 {
		fail(errors.New("no program"))
	}
	cmd := exec.Command(args[i+1], args[i+2:]...)
	cmd.Dir, cmd.Env = args[0], args[1:i]
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd
}

// run runs a program and ends as it does.
func run(args []string) {
	err := command(args).Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		os.Exit(exit.ExitCode())
	}
	if err != nil {
		fail(err)
	}
}

// host prints the name of the machine as programs see it.
func host() {
	name, err := os.Hostname()
	if err != nil {
		fail(err)
	}
	fmt.Println(name)
}

// open opens a file in a certain sharing mode.
func open(path string, share uint32) (windows.Handle, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, err
	}
	return windows.CreateFile(name, windows.GENERIC_READ, share, nil, windows.OPEN_EXISTING, 0, 0)
}

// disturb opens files at random moments for a few milliseconds each, without
// sharing them, until its input ends. It prints how often it had each.
func disturb(paths []string) {
	var ended atomic.Bool
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		ended.Store(true)
	}()
	count := make([]int, len(paths))
	for first := true; !ended.Load(); first = false {
		i := rand.N(len(paths))
		if h, err := open(paths[i], 0); err == nil {
			count[i]++
			time.Sleep(rand.N(5 * time.Millisecond))
			windows.CloseHandle(h)
		}
		if first {
			fmt.Println("begin")
		}
		time.Sleep(rand.N(5 * time.Millisecond))
	}
	for i, path := range paths {
		fmt.Println(count[i], path)
	}
}

// kill runs a program while it has a file open that may be read but not replaced,
// and kills the program when a file of a certain name has appeared.
func kill(args []string) {
	held, pattern := args[0], args[1]
	h, err := open(held, windows.FILE_SHARE_READ)
	if err != nil {
		fail(fmt.Errorf("opening %s: %w", held, err))
	}
	defer windows.CloseHandle(h)
	cmd := command(args[2:])
	if err := cmd.Start(); err != nil {
		fail(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			fail(fmt.Errorf("the program ended by itself: %w", err))
		case <-time.After(time.Millisecond):
		}
		found, err := filepath.Glob(pattern)
		if err != nil {
			fail(err)
		}
		if len(found) == 0 {
			continue
		}
		if err := cmd.Process.Kill(); err != nil {
			fail(err)
		}
		<-ended
		fmt.Println("killed when there was", strings.Join(found, " "))
		return
	}
}
