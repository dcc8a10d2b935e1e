package kubeconfig

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// hold does nothing on Windows: a locked region could not be read by those who
// wait. abandoned asks for the process instead.
func hold(*os.File) error { return nil }

// abandoned reports that the process which made lock file f is no more.
func abandoned(_ *os.File, owner lockOwner) bool {
	h, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(owner.PID))
	if err != nil {
		return errors.Is(err, windows.ERROR_INVALID_PARAMETER) // no such process
	}
	defer windows.CloseHandle(h)
	var code uint32
	const stillActive = 259
	return windows.GetExitCodeProcess(h, &code) == nil && code != stillActive
}

// release removes the lock file. Windows removes no open file, so it is closed
// first; the process is alive, so nobody takes it for abandoned in between.
func (k *lock) release() {
	k.file.Close()
	_ = os.Remove(k.name) // left behind it is seen as abandoned
}

func removeHeld(name string, f *os.File) error {
	f.Close()
	return os.Remove(name)
}

func removeCommand(name string) string { return "del " + quote(name) }

func isReadOnly(err error) bool { return errors.Is(err, windows.ERROR_WRITE_PROTECT) }

func cannotRename(err error) bool { return errors.Is(err, windows.ERROR_NOT_SAME_DEVICE) }

// keepOwner does nothing on Windows: the access list comes from the folder.
func keepOwner(string, fs.FileInfo) error { return nil }

func foreignOwner(fs.FileInfo) (int, bool) { return 0, false }
