//go:build unix

package tunnel

import (
	"os"
	"os/exec"
	"syscall"
)

// maxInherited bounds the file descriptors that a parent may have left open for us.
const maxInherited = 1024

// detach lets the command live on when this process and its terminal are gone. It
// inherits nothing that somebody may wait for the end of, such as a pipe or a lock.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	for fd := 3; fd < maxInherited; fd++ {
		syscall.CloseOnExec(fd)
	}
}

// terminate asks a process to end.
func terminate(p *os.Process) { _ = p.Signal(syscall.SIGTERM) }
