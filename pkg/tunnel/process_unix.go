//go:build unix

package tunnel

import (
	"os"
	"os/exec"
	"syscall"
)

// leakable bounds the file descriptors that a parent may have left open for us.
const leakable = 1024

// detach lets the command live on when this process and its terminal are gone. It
// inherits nothing that somebody may wait for the end of, such as a pipe or a lock.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	for fd := 3; fd < leakable; fd++ {
		syscall.CloseOnExec(fd)
	}
}

// polite asks a process to end.
func polite(p *os.Process) { _ = p.Signal(syscall.SIGTERM) }
