package lockfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/windows"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/atomicfile"
)

// shareAll lets everybody else open, rename and remove a file that is open.
const shareAll = windows.FILE_SHARE_READ | windows.FILE_SHARE_WRITE | windows.FILE_SHARE_DELETE

// createLock makes the lock file, which Windows removes when its process ends in
// any way. While it is open nobody can open it without sharing.
func createLock(name string, text []byte) (*os.File, error) {
	f, err := createNew(name)
	if err != nil {
		return nil, err
	}
	if _, err := f.Write(text); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// createNew creates the file called name. While a lock of that name is removed
// and still open somewhere, Windows answers "access denied" as it does for a
// folder closed to us, so that answer counts only when it stays.
func createNew(name string) (*os.File, error) {
	for pause := firstPause; ; pause *= 2 {
		f, err := openFile(name, windows.GENERIC_READ|windows.GENERIC_WRITE|windows.DELETE, shareAll,
			windows.CREATE_NEW, windows.FILE_FLAG_DELETE_ON_CLOSE)
		switch {
		case err == nil:
			return f, nil
		case errors.Is(err, windows.ERROR_SHARING_VIOLATION), errors.Is(err, windows.ERROR_DELETE_PENDING):
			return nil, fs.ErrExist
		case !errors.Is(err, windows.ERROR_ACCESS_DENIED):
			return nil, err
		case pause > longPause:
			if _, statErr := os.Lstat(name); !errors.Is(statErr, fs.ErrNotExist) {
				return nil, fs.ErrExist
			}
			return nil, err
		}
		time.Sleep(pause)
	}
}

// openLock opens a lock file to read it, without keeping anybody from removing
// it. A program that does not share the file is waited for.
func openLock(name string) (f *os.File, err error) {
	err = atomicfile.RetryWhileBusy(func() error {
		f, err = openFile(name, windows.GENERIC_READ, shareAll, windows.OPEN_EXISTING, 0)
		return err
	})
	return f, err
}

// seizeStale opens a lock file that no process has open, so that nobody else can.
// It returns nil when somebody has it open: the process that made it, as that
// lives, or another one that is about to remove it.
func seizeStale(name string) *os.File {
	f, err := openFile(name, windows.GENERIC_READ|windows.DELETE, 0, windows.OPEN_EXISTING, 0)
	if err != nil {
		return nil
	}
	return f
}

// removeHeld removes the file f by its handle, so a new file of the same name
// stays. The name goes when f is closed; before Windows 10, and on some network
// drives, when everybody else has closed it, too.
func removeHeld(_ string, f *os.File) error {
	h := windows.Handle(f.Fd())
	flags := [4]byte{windows.FILE_DISPOSITION_DELETE | windows.FILE_DISPOSITION_POSIX_SEMANTICS} // little-endian
	err := windows.SetFileInformationByHandle(h, windows.FileDispositionInfoEx, &flags[0], 4)
	if err == nil {
		return nil
	}
	remove := byte(1)
	return windows.SetFileInformationByHandle(h, windows.FileDispositionInfo, &remove, 1)
}

// openFile opens a file with the access and sharing that os.OpenFile does not
// offer. A link is not followed.
func openFile(name string, access, share, how, flags uint32) (*os.File, error) {
	path, err := windows.UTF16PtrFromString(extendedPath(name))
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	h, err := windows.CreateFile(path, access, share, nil, how, windows.FILE_ATTRIBUTE_NORMAL|windows.FILE_FLAG_OPEN_REPARSE_POINT|flags, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return os.NewFile(uintptr(h), name), nil
}

// extendedPath returns an absolute path in the form that may be longer than 260
// characters.
func extendedPath(path string) string {
	switch {
	case !filepath.IsAbs(path) || strings.HasPrefix(path, `\\?\`) || strings.HasPrefix(path, `\\.\`):
		return path
	case strings.HasPrefix(path, `\\`):
		return `\\?\UNC\` + filepath.Clean(path)[2:]
	}
	return `\\?\` + filepath.Clean(path)
}

// isClosing reports whether err is about a file that is removed and still open
// somewhere.
func isClosing(err error) bool {
	return errors.Is(err, windows.ERROR_ACCESS_DENIED) || errors.Is(err, windows.ERROR_SHARING_VIOLATION) ||
		errors.Is(err, windows.ERROR_DELETE_PENDING)
}

// RemoveCommand returns the command that removes a file, for a hint.
func RemoveCommand(name string) string { return fmt.Sprintf("del %q", name) }

func isReadOnly(err error) bool { return errors.Is(err, windows.ERROR_WRITE_PROTECT) }
