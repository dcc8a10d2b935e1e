package proc

import (
	"os/exec"
	"runtime"
	"syscall"
)

// tether makes the kernel kill the command when the thread that starts it ends.
func tether(cmd *exec.Cmd) {
	attributes(cmd).Pdeathsig = syscall.SIGKILL
	attributes(cmd).Setpgid = true // an interrupt typed at the terminal is for the owner alone
}

// Isolate gives the command a mount namespace of its own and makes it the first
// process of its own process namespace: the kernel ends all others in there,
// and the mounts with them, when the first one ends.
func Isolate(cmd *exec.Cmd) {
	attributes(cmd).Unshareflags = syscall.CLONE_NEWNS
	attributes(cmd).Cloneflags = syscall.CLONE_NEWPID
}

// Unplug gives the command a network namespace of its own, without any way out of
// it.
func Unplug(cmd *exec.Cmd) { attributes(cmd).Cloneflags |= syscall.CLONE_NEWNET }

func attributes(cmd *exec.Cmd) *syscall.SysProcAttr {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	return cmd.SysProcAttr
}

// RunTethered runs a command to its end, and ends it with all its children when
// its context does or when this process is killed: nothing works on in a folder
// that the next process takes for abandoned.
func RunTethered(cmd *exec.Cmd) error {
	runtime.LockOSThread() // the thread that starts the command lives as long as it
	defer runtime.UnlockOSThread()
	tether(cmd)
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = waitDelay
	return cmd.Run()
}
