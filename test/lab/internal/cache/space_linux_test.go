package cache

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// smallDiskVariable makes this test program run TestASmallDisk where it may mount.
const smallDiskVariable = "CACHE_TEST_SMALL_DISK"

// A disk that is almost full is called so before anything is tried on it.
func TestASmallDisk(t *testing.T) {
	if os.Getenv(smallDiskVariable) == "" {
		again := exec.Command(os.Args[0], "-test.run=^TestASmallDisk$", "-test.v")
		again.Env = append(os.Environ(), smallDiskVariable+"="+t.TempDir())
		again.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
			UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}, GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}}
		if os.Geteuid() == 0 {
			again.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
		}
		out, err := again.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Skipf("no mount namespace here: %v", err)
		}
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	dir := os.Getenv(smallDiskVariable)
	t.Setenv(Variable, dir)
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Fatal(err)
	}
	_, err := Make(t.Context(), "thing", ignore, func(string) error {
		t.Error("tried on a disk that is full")
		return nil
	})
	var full *FullDiskError
	if !errors.As(err, &full) {
		t.Errorf("got %v", err)
	}
}
