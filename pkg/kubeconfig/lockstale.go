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
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("looking at the lock %q: %w", name, err)
	}
	age := max(time.Since(info.ModTime()), 0)
	owner, f := readOwner(name, info)
	if f == nil {
		who = "kubectl or another tool"
		if age > l.wait {
			return "", stuck(name, who, age)
		}
		return who, nil
	}
	defer f.Close()
	if (owner.Host == newOwner().Host || age > foreignHost) && abandoned(f, owner) {
		return "", l.takeAway(name, f, owner, age)
	}
	return fmt.Sprintf("kubectl-catalyst (process %d on %q)", owner.PID, owner.Host), nil
}

// readOwner opens a lock file and returns what it says; the file is nil when it
// is not one of ours.
func readOwner(name string, info fs.FileInfo) (lockOwner, *os.File) {
	if !info.Mode().IsRegular() || info.Size() == 0 || info.Size() > 4096 {
		return lockOwner{}, nil
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return lockOwner{}, nil
	}
	var owner lockOwner
	text, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil || json.Unmarshal(text, &owner) != nil || owner.Program != lockProgram {
		f.Close()
		return lockOwner{}, nil
	}
	return owner, f
}

// takeAway removes a lock of ours that was left behind. f carries the system's
// lock now, so of several that see it only one gets here, and none of them
// after a new lock was made under the name.
func (l locker) takeAway(name string, f *os.File, owner lockOwner, age time.Duration) error {
	mine, err := f.Stat()
	if err != nil {
		return fmt.Errorf("looking at the lock %q: %w", name, err)
	}
	now, err := os.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking at the lock %q: %w", name, err)
	}
	if !os.SameFile(mine, now) {
		return nil
	}
	if err := removeHeld(name, f); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing the lock %q that process %d left behind: %w", name, owner.PID, err)
	}
	l.warn("removed the lock %q: kubectl-catalyst (process %d) left it %s ago", name, owner.PID, ageText(age))
	return nil
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
