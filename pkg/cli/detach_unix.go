//go:build !windows

package cli

import (
	"os/exec"
	"syscall"
)

// detach takes a process away from the terminal.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
