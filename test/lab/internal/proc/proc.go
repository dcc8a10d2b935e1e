// Package proc runs the servers of a test bed so that none of them can outlive
// the process that started it, however that one ends, and reserves the ports
// they listen on.
package proc

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// waitDelay is how long the output of a command that was ended may stay open.
const waitDelay = 5 * time.Second

// Group is a set of running servers that end together.
type Group struct {
	logs  string
	spawn chan func()
	done  chan struct{}

	mu      sync.Mutex
	running []*Process
	closed  bool
}

// Process is one server.
type Process struct {
	Name string
	Log  string // path of the file with both output streams

	cmd    *exec.Cmd
	exited chan struct{}
	err    error // valid once exited is closed
}

// NewGroup returns an empty group whose servers write their output to files in
// the folder logs.
func NewGroup(logs string) *Group {
	g, _ := NewGroupIn(logs, func() error { return nil })
	return g
}

// NewGroupIn returns an empty group, too, whose servers are started by a thread
// that has called enter: what that changes for the thread holds for them.
func NewGroupIn(logs string, enter func() error) (*Group, error) {
	g := &Group{logs: logs, spawn: make(chan func()), done: make(chan struct{})}
	entered := make(chan error)
	go g.serve(enter, entered)
	return g, <-entered
}

// serve starts all processes from one thread that lives as long as the group:
// the kernel sends the death signal when the starting thread ends, not when the
// whole process does, and Go's threads come and go.
func (g *Group) serve(enter func() error, entered chan<- error) {
	runtime.LockOSThread() // and never unlocked: nobody else may get a thread that has entered something
	err := enter()
	entered <- err
	if err != nil {
		return
	}
	for {
		select {
		case f := <-g.spawn:
			f()
		case <-g.done:
			return
		}
	}
}

// Start starts cmd as a server of the group. A name may be used again after the
// earlier process of that name ended; its log is continued.
func (g *Group) Start(name string, cmd *exec.Cmd) (*Process, error) {
	log := filepath.Join(g.logs, name+".log")
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	tether(cmd)

	p := &Process{Name: name, Log: log, cmd: cmd, exited: make(chan struct{})}
	started := make(chan error, 1)
	select {
	case g.spawn <- func() { started <- cmd.Start() }:
	case <-g.done:
		return nil, fmt.Errorf("starting %s: the test bed is closed", name)
	}
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	go p.wait()
	if !g.add(p) {
		p.Stop(0)
		return nil, fmt.Errorf("starting %s: the test bed is closed", name)
	}
	return p, nil
}

// add reports false when the group was closed meanwhile.
func (g *Group) add(p *Process) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.closed {
		g.running = append(g.running, p)
	}
	return !g.closed
}

// Close kills every server, waits for their ends and returns when none is left.
func (g *Group) Close() {
	g.mu.Lock()
	running, was := g.running, g.closed
	g.running, g.closed = nil, true
	g.mu.Unlock()
	if was {
		return
	}
	for _, p := range running {
		p.signal(syscall.SIGKILL)
	}
	for _, p := range running {
		<-p.exited
	}
	close(g.done)
}

func (p *Process) wait() {
	p.err = p.cmd.Wait()
	if p.err == nil {
		p.err = errors.New("exit status 0")
	}
	close(p.exited)
}

// Pid returns the process id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Exited is closed when the process has ended.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Stop asks the server to end and kills it when it still runs after grace.
func (p *Process) Stop(grace time.Duration) {
	if grace > 0 {
		p.signal(syscall.SIGTERM)
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-p.exited:
			return
		case <-timer.C:
		}
	}
	p.signal(syscall.SIGKILL)
	<-p.exited
}

// signal goes through os.Process, which knows whether the process was waited
// for, so that a reused pid is never hit.
func (p *Process) signal(sig syscall.Signal) { _ = p.cmd.Process.Signal(sig) }
