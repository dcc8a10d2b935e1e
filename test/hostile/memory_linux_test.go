package hostile

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
)

// measureRole is what this test program is called when it runs another program
// to see how much memory that takes. The kernel charges a process with what its
// parent held at the start, and the tests hold much.
const measureRole = "hostile-measure"

// measured makes cmd run below a process that writes the most memory the program
// held, in bytes, into the pipe that memory reads.
func measured(t *testing.T, ctx context.Context, cmd *exec.Cmd) (_ *exec.Cmd, memory func() int64) {
	t.Helper()
	if cmd.Err != nil {
		t.Fatal(cmd.Err)
	}
	if cmd.SysProcAttr != nil && cmd.SysProcAttr.Credential != nil { // other users may not run this test program
		return cmd, func() int64 { return 0 }
	}
	self, err := os.Executable()
	must(t, err)
	read, write, err := os.Pipe()
	must(t, err)
	t.Cleanup(func() { read.Close(); write.Close() })
	outer := exec.CommandContext(ctx, self)
	outer.Args = append([]string{measureRole, cmd.Path}, cmd.Args...)
	outer.Env, outer.Dir, outer.WaitDelay, outer.SysProcAttr = cmd.Env, cmd.Dir, cmd.WaitDelay, cmd.SysProcAttr
	outer.ExtraFiles = []*os.File{write}
	return outer, func() int64 {
		var most int64
		if err := write.Close(); err != nil || binary.Read(read, binary.LittleEndian, &most) != nil {
			return 0
		}
		return most
	}
}

// measure runs the program that os.Args name and reports its memory to
// descriptor 3. It ends as the program does.
func measure() int {
	runtime.LockOSThread() // Pdeathsig is about the thread
	cmd := exec.CommandContext(context.Background(), os.Args[1])
	cmd.Args = os.Args[2:]
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 126
	}
	if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		_ = binary.Write(os.NewFile(3, "memory"), binary.LittleEndian, u.Maxrss<<10)
	}
	return cmd.ProcessState.ExitCode()
}
