package tunnel

import (
	"os/exec"
	"syscall"
)

// killWithParent ends the command when the thread that starts it ends, so that no ssh is left
// when its owner is killed.
func killWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
}
