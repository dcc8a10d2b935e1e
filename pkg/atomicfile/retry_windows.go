package atomicfile

import (
	"errors"
	"time"

	"golang.org/x/sys/windows"
)

// closingLimit is how long "access denied" is worth another attempt to open a
// file. Windows gives that answer about a file that is removed and not closed by
// everybody yet, but also, and then for good, about one closed to this user.
const closingLimit = 300 * time.Millisecond

// openLimit returns how long an error from opening a file may pass.
func openLimit(err error) time.Duration {
	switch {
	case isShared(err):
		return busyLimit
	case errors.Is(err, windows.ERROR_ACCESS_DENIED):
		return closingLimit
	}
	return 0
}

// removeLimit returns how long an error from removing a file may pass.
func removeLimit(err error) time.Duration {
	if isShared(err) || errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		return busyLimit
	}
	return 0
}

// renameLimit returns how long an error from renaming may pass. "Access denied"
// is the answer about a target that somebody has open, and "file not found" may
// be the answer about one that another rename is just replacing.
func renameLimit(err error) time.Duration {
	if errors.Is(err, windows.ERROR_FILE_NOT_FOUND) {
		return closingLimit
	}
	return removeLimit(err)
}

// isShared reports whether err says that another program has the file open and
// does not share it.
func isShared(err error) bool {
	return errors.Is(err, windows.ERROR_SHARING_VIOLATION) ||
		errors.Is(err, windows.ERROR_LOCK_VIOLATION) ||
		errors.Is(err, windows.ERROR_DELETE_PENDING)
}
