package kubeconfig

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
)

// tracedVariable tells a helper that it is traced.
const tracedVariable = "KUBECONFIG_TEST_TRACED"

// mark tells the tracer that the helper's real work begins, and on which
// thread: the signal is seen by the tracer only.
func mark() {
	if os.Getenv(tracedVariable) == "" {
		return
	}
	runtime.LockOSThread()
	_, _, _ = syscall.RawSyscall(syscall.SYS_TGKILL, uintptr(os.Getpid()), uintptr(syscall.Gettid()), uintptr(syscall.SIGUSR1))
}

// step is one system call: its number, and the how-manieth with that number.
type step struct {
	number uint64
	nth    int
}

func (s step) String() string { return fmt.Sprintf("system call %d, time %d", s.number, s.nth) }

// trace runs a helper and kills it with SIGKILL as it enters the system call
// at; with a zero step it runs to its end. It returns the calls that were made
// and whether the helper was killed.
func trace(at step, role string, args ...string) (calls []step, killed bool, err error) {
	runtime.LockOSThread() // all requests must come from the thread that attached
	defer runtime.UnlockOSThread()
	cmd := helper(context.Background(), role, args...)
	cmd.Env = append(cmd.Env, tracedVariable+"=yes")
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true, Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, false, err
	}
	defer cmd.Process.Release()
	t := tracer{pid: cmd.Process.Pid, at: at, count: map[uint64]int{}}
	if err = t.run(); err != nil {
		_ = cmd.Process.Kill() // it may be gone already
	}
	return t.calls, t.killed, err
}

// tracer follows a helper. Until the mark it lets it run; from then on it stops
// the marked thread, which does all the work, at every system call.
type tracer struct {
	pid    int
	main   int // the marked thread; 0: not yet
	at     step
	inside bool // main is within a system call
	killed bool
	calls  []step
	count  map[uint64]int
}

// stopped at a system call, as PTRACE_O_TRACESYSGOOD shows it
const syscallStop = syscall.SIGTRAP | 0x80

func (t *tracer) run() error {
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(t.pid, &status, syscall.WALL, nil); err != nil {
		return fmt.Errorf("waiting for the helper to start: %w", err)
	}
	const exitKill = 0x100000 // PTRACE_O_EXITKILL: the helper never outlives the test
	if err := syscall.PtraceSetOptions(t.pid, syscall.PTRACE_O_TRACESYSGOOD|syscall.PTRACE_O_TRACECLONE|exitKill); err != nil {
		return fmt.Errorf("tracing the helper: %w", err)
	}
	tid, signal := t.pid, 0
	for {
		if err := t.resume(tid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("going on with the helper: %w", err)
		}
		var err error
		if tid, err = syscall.Wait4(-t.pid, &status, syscall.WALL, nil); err != nil {
			return fmt.Errorf("waiting for the helper: %w", err)
		}
		if status.Exited() || status.Signaled() {
			return t.end(tid, status)
		}
		if signal, err = t.stopped(tid, status.StopSignal()); err != nil {
			return err
		}
	}
}

func (t *tracer) resume(tid, signal int) error {
	if tid == t.main {
		return syscall.PtraceSyscall(tid, signal)
	}
	return syscall.PtraceCont(tid, signal)
}

// stopped deals with one stop and returns the signal to go on with.
func (t *tracer) stopped(tid int, why syscall.Signal) (signal int, err error) {
	switch {
	case why == syscallStop:
		return 0, t.syscall(tid)
	case why == syscall.SIGUSR1 && t.main == 0:
		t.main = tid
		return 0, nil
	case why == syscall.SIGTRAP || why == syscall.SIGSTOP: // a new thread
		return 0, nil
	}
	return int(why), nil
}

// end waits until all threads are gone.
func (t *tracer) end(tid int, status syscall.WaitStatus) error {
	for tid != t.pid {
		var err error
		if tid, err = t.next(&status); err != nil {
			return err
		}
	}
	if status.Exited() && status.ExitStatus() != 0 {
		return fmt.Errorf("the helper ended with code %d", status.ExitStatus())
	}
	return nil
}

// next waits for the end of the whole helper after one of its threads ended.
func (t *tracer) next(status *syscall.WaitStatus) (int, error) {
	for {
		tid, err := syscall.Wait4(-t.pid, status, syscall.WALL, nil)
		if err != nil {
			return 0, fmt.Errorf("waiting for the helper to end: %w", err)
		}
		if tid == t.pid && (status.Exited() || status.Signaled()) {
			return tid, nil
		}
		if status.Stopped() {
			_ = syscall.PtraceCont(tid, 0) // a thread on its way out
		}
	}
}

// syscall notes one stop, and kills the helper when its time has come.
func (t *tracer) syscall(tid int) error {
	t.inside = !t.inside
	if !t.inside {
		return nil
	}
	var regs syscall.PtraceRegs
	if err := syscall.PtraceGetRegs(tid, &regs); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("reading the helper's registers: %w", err)
	}
	number := callNumber(&regs)
	t.count[number]++
	s := step{number, t.count[number]}
	t.calls = append(t.calls, s)
	if s == t.at {
		t.killed = true
		return syscall.Kill(t.pid, syscall.SIGKILL)
	}
	return nil
}
