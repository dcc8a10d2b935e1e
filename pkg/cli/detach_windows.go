package cli

import (
	"os/exec"
	"syscall"
)

// detachedProcess is DETACHED_PROCESS of Windows' CreateProcess.
const detachedProcess = 0x8

// detach takes a process away from the console.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: detachedProcess | syscall.CREATE_NEW_PROCESS_GROUP}
}
