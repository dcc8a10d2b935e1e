package pty

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// patience is how long a program may take to show something.
const patience = 30 * time.Second

// Terminal is one with a program in it.
type Terminal struct {
	t      testing.TB
	cmd    *exec.Cmd
	master *os.File

	mu    sync.Mutex
	shown strings.Builder
	read  int           // how much of it was expected already
	news  chan struct{} // has room for one: something was shown, or the end
	ended bool
}

// Start runs cmd with a terminal of its own, 24 lines of 200 columns, as its
// streams and its controlling terminal. Whatever it still does at the end of the
// test is over then.
func Start(t testing.TB, cmd *exec.Cmd) *Terminal {
	t.Helper()
	master, slave, err := open()
	if err != nil {
		t.Fatalf("making a terminal: %v", err)
	}
	defer slave.Close()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setsid, cmd.SysProcAttr.Setctty, cmd.SysProcAttr.Setpgid = true, true, false
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting %s: %v", cmd.Path, err)
	}
	p := &Terminal{t: t, cmd: cmd, master: master, news: make(chan struct{}, 1)}
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		p.copy()
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // the session that it leads
		_ = cmd.Wait()
		_ = master.Close()
		<-copied
	})
	return p
}

// open makes a pair of terminal ends, see pts(4).
func open() (master, slave *os.File, err error) {
	if master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0); err != nil {
		return nil, nil, err
	}
	var n, unlock int32
	size := struct{ rows, columns, x, y uint16 }{24, 200, 0, 0}
	err = errors.Join(ioctl(master, syscall.TIOCGPTN, unsafe.Pointer(&n)), ioctl(master, syscall.TIOCSPTLCK, unsafe.Pointer(&unlock)),
		ioctl(master, syscall.TIOCSWINSZ, unsafe.Pointer(&size)))
	if err == nil {
		slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	}
	if err != nil {
		_ = master.Close()
	}
	return master, slave, err
}

func ioctl(f *os.File, request uintptr, argument unsafe.Pointer) error {
	if _, _, failed := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), request, uintptr(argument)); failed != 0 {
		return failed
	}
	return nil
}

func (p *Terminal) copy() {
	buf := make([]byte, 4096)
	for {
		n, err := p.master.Read(buf)
		p.mu.Lock()
		p.shown.Write(buf[:n])
		p.ended = err != nil // EIO when nobody has the other end open any more
		p.mu.Unlock()
		select {
		case p.news <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// Type sends keys.
func (p *Terminal) Type(keys string) {
	p.t.Helper()
	if _, err := p.master.WriteString(keys); err != nil {
		p.t.Fatalf("typing %q: %v", keys, err)
	}
}

// Expect waits until text is shown after what was expected before, and returns
// what was shown up to its end.
func (p *Terminal) Expect(text string) string {
	p.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		p.mu.Lock()
		fresh, ended := p.shown.String()[p.read:], p.ended
		if i := strings.Index(fresh, text); i >= 0 {
			p.read += i + len(text)
			p.mu.Unlock()
			return fresh[:i+len(text)]
		}
		p.mu.Unlock()
		if ended {
			p.t.Fatalf("the program ended without showing %q; it showed %q", text, fresh)
		}
		select {
		case <-p.news:
		case <-limit.C:
			p.t.Fatalf("%q was not shown within %s; what was: %q", text, patience, fresh)
		}
	}
}

// Shown is all that was shown so far.
func (p *Terminal) Shown() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.shown.String()
}

// Exit waits for the program's end and returns its exit code.
func (p *Terminal) Exit() int {
	p.t.Helper()
	limit := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() })
	defer limit.Stop()
	_ = p.cmd.Wait()
	return p.cmd.ProcessState.ExitCode()
}
