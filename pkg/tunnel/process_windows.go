package tunnel

import (
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// detach lets the command live on when this process and its console are gone. It
// gets a console without a window, which ssh.exe shares. Handles are inherited
// only where they are named.
func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{
		HideWindow:    true,
		CreationFlags: windows.CREATE_NO_WINDOW | windows.CREATE_NEW_PROCESS_GROUP,
	}
}

// terminate ends a process: Windows has nothing gentler for one without a window.
func terminate(p *os.Process) { _ = p.Kill() }
