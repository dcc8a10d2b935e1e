package kubeconfig

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// foreignHost is how old a lock of ours from another machine must be before it
// counts as left behind: there is no asking whether its process still runs.
const foreignHost = 2 * time.Minute

// judge looks at a lock that is in the way. It returns who holds it, "" when
// the lock is gone, if need be because it was ours and left behind. A lock of
// somebody else is never removed; one that is older than anybody would wait is
// an error at once.
func (l locker) judge(name string) (who string, err error) {
	info, err := os.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case isClosing(err):
		return "a program that still has it open", nil
	case err != nil:
		return "", fmt.Errorf("looking at the lock %q: %w", name, err)
	}
	age := max(time.Since(info.ModTime()), 0)
	owner, ours := readOwner(name, info)
	if !ours {
		who = "kubectl or another tool"
		if age > l.wait {
			return "", stuck(name, who, age)
		}
		return who, nil
	}
	if owner.Host == newOwner().Host || age > foreignHost {
		if f := seizeLeft(name); f != nil {
			defer f.Close()
			return "", l.removeLeft(name, f, age)
		}
	}
	return fmt.Sprintf("kubectl-catalyst (process %d on %q)", owner.PID, owner.Host), nil
}

// readOwner returns what a lock file says, and whether it is one of ours.
func readOwner(name string, info fs.FileInfo) (lockOwner, bool) {
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return lockOwner{}, false
	}
	f, err := openLock(name)
	if err != nil {
		return lockOwner{}, false
	}
	defer f.Close()
	return ownerIn(f)
}

// maxLock bounds what is read of a lock: ours have a line.
const maxLock = 4096

// ownerIn returns what an open lock file says, and whether it is one of ours.
func ownerIn(f *os.File) (owner lockOwner, ours bool) {
	text, err := io.ReadAll(io.NewSectionReader(f, 0, maxLock))
	if err != nil || json.Unmarshal(text, &owner) != nil || owner.Program != lockProgram {
		return lockOwner{}, false
	}
	return owner, true
}

// removeLeft removes a lock that seizeLeft opened, if it is one of ours and still
// there: its process may have ended as it should, and another tool may have put
// its own in place of the one that was read before.
func (l locker) removeLeft(name string, f *os.File, age time.Duration) error {
	owner, ours := ownerIn(f)
	if !ours || !isFile(name, f) {
		return nil
	}
	if err := removeHeld(name, f); err != nil {
		return fmt.Errorf("removing the lock %q that process %d left behind: %w", name, owner.PID, err)
	}
	l.warn("removed the lock %q: kubectl-catalyst (process %d) left it %s ago", name, owner.PID, ageText(age))
	return nil
}

// isFile reports whether name is a name of the open file f.
func isFile(name string, f *os.File) bool {
	open, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(name)
	return err == nil && os.SameFile(open, named)
}

func stuck(name, who string, age time.Duration) error {
	return clierr.Errorf(fmt.Sprintf("when nothing is writing to the kubeconfig, remove the lock: %s", removeCommand(name)),
		"the kubeconfig is locked by %s: %q has been there for %s", who, name, ageText(age))
}

// ageText writes an age the way people say it.
func ageText(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// closedToUs reports an error that says this user may not write there.
func closedToUs(err error) bool {
	return errors.Is(err, fs.ErrPermission) || isReadOnly(err)
}

// cause returns the system's own words of a path error, whose path may be a
// temporary name that means nothing to the reader.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
