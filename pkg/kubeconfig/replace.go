package kubeconfig

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/atomicfile"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig/internal/lockfile"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig/internal/yamlspan"
)

// backupSuffix ends the name of the backup, the version before the last write.
const backupSuffix = ".catalyst-backup"

// errChanged is returned when a file changed between reading and replacing it, by
// somebody who takes no lock.
var errChanged = errors.New("the kubeconfig changed while it was being written")

// replacer puts new content in place of a file that is locked.
type replacer struct {
	target    string // the file itself, no link
	old       content
	contended bool // somebody else is writing to it, too
	warn      func(string, ...any)
}

// replace writes data and returns where the old version was kept; nil data
// removes the file.
func (r replacer) replace(data []byte) (backup string, err error) {
	if err := r.allowed(); err != nil {
		return "", err
	}
	r.clearLeftovers()
	if data == nil {
		return r.remove()
	}
	staged, err := atomicfile.Stage(r.target, data, r.mode())
	if err != nil {
		return "", fmt.Errorf("writing the kubeconfig: %w", err)
	}
	defer staged.Discard()
	if r.old.info != nil {
		if err := keepOwner(staged.Name, r.old.info); err != nil {
			return "", fmt.Errorf("keeping the owner of the kubeconfig: %w", err)
		}
		if backup, err = r.backup(); err != nil {
			return "", err
		}
	}
	if !r.old.isUnchanged(r.target) {
		return "", errChanged
	}
	err = staged.Commit()
	if err != nil && cannotRename(err) && r.old.info != nil {
		return backup, r.inPlace(data, backup)
	}
	if err != nil {
		return "", fmt.Errorf("writing the kubeconfig: %w", err)
	}
	r.finishBackup(backup)
	return backup, nil
}

// allowed refuses a file that its owner closed to writing, or that is somebody
// else's: replacing it would go round what they asked for.
func (r replacer) allowed() error {
	if r.old.info == nil {
		return nil
	}
	if r.old.info.Mode().Perm()&0o200 == 0 {
		return clierr.Errorf(fmt.Sprintf("make it writable: chmod u+w %s", yamlspan.Quote(r.target)), "the kubeconfig %q is read-only", r.target)
	}
	if uid, foreign := foreignOwner(r.old.info); foreign {
		return clierr.Errorf("have its owner hand it over with chown, or name a file of your own with --kubeconfig or KUBECONFIG",
			"the kubeconfig %q belongs to another user (id %d)", r.target, uid)
	}
	return nil
}

// mode is 0600, or tighter where the old file was.
func (r replacer) mode() fs.FileMode {
	if r.old.info == nil {
		return 0o600
	}
	return r.old.info.Mode().Perm() & 0o600
}

// clearLeftovers removes temporary files of writers that were killed: under the
// lock nobody else has one for the file itself or its backup. One for a lock may
// belong to a process that is about to try.
func (r replacer) clearLeftovers() {
	for _, path := range []string{r.target, r.target + backupSuffix} {
		for _, name := range leftovers(path) {
			_ = os.Remove(name) // one that stays does no harm
		}
	}
	for _, name := range leftovers(r.target + ".lock") {
		lockfile.RemoveAbandoned(name)
	}
}

// leftovers finds the temporary files for path.
func leftovers(path string) []string {
	names, err := filepath.Glob(globQuote(path))
	if err != nil {
		return nil // a name that cannot be a pattern has no leftovers to find
	}
	return names
}

// globQuote returns the pattern of temporary names for path, with what
// filepath.Match would read as a pattern made literal.
func globQuote(path string) string {
	var quoted []rune
	for _, c := range path {
		if c == '*' || c == '?' || c == '[' || c == '\\' && runtime.GOOS != "windows" {
			if runtime.GOOS == "windows" {
				quoted = append(quoted, '?')
				continue
			}
			quoted = append(quoted, '\\')
		}
		quoted = append(quoted, c)
	}
	return atomicfile.Pattern(string(quoted))
}

// backup stores the old version beside the file. A second name for the old file
// is enough, as the new one is another file; where that cannot be, it is copied.
func (r replacer) backup() (string, error) {
	name := r.target + backupSuffix
	if len(r.old.data) == 0 {
		return "", nil
	}
	if soleName(r.old.info) {
		if err := r.linkBackup(name); err == nil {
			return name, nil
		}
	}
	if err := atomicfile.Write(name, r.old.data, r.mode()); err != nil {
		return "", fmt.Errorf("keeping a backup of the kubeconfig: %w", err)
	}
	return name, nil
}

func (r replacer) linkBackup(name string) error {
	tmp := atomicfile.Pattern(r.target)
	tmp = tmp[:len(tmp)-1] + "backup"
	_ = os.Remove(tmp) // of a writer that was killed
	if err := os.Link(r.target, tmp); err != nil {
		return err
	}
	// When both are one file already, renaming does nothing and leaves tmp.
	defer func() { _ = os.Remove(tmp) }()
	return os.Rename(tmp, name)
}

// finishBackup closes the backup to others, once it is no longer the file itself.
// When nobody else was writing it also gets the time of the new file, which is how
// the next process sees that; see writtenByOthers.
func (r replacer) finishBackup(name string) {
	if name == "" {
		return
	}
	_ = os.Chmod(name, r.mode()) // it was as open before, and it is not needed
	if info, err := os.Stat(r.target); err == nil && !r.contended {
		_ = os.Chtimes(name, info.ModTime(), info.ModTime()) // without it the next login watches in vain for a moment
	}
}

// recentWrite is how young a file must be for its writer to count as still there.
const recentWrite = 2 * time.Second

// writtenByOthers reports whether a file was written a moment ago while somebody
// else than this program was at it, as far as the file shows: a login of ours that
// met nobody has given its backup the file's own time. What no file shows is a
// kubectl that has read and not yet written: it can undo any login, after one of
// ours or not, and only watching after every login, for as long as a kubectl may
// take, would help.
func writtenByOthers(target string, file fs.FileInfo) bool {
	if time.Since(file.ModTime()) >= recentWrite {
		return false
	}
	backup, err := os.Stat(target + backupSuffix)
	return err != nil || !backup.ModTime().Equal(file.ModTime())
}

// inPlace overwrites a file that cannot be replaced. First the file is made
// long enough, so that a full disk is found out while nothing is lost.
func (r replacer) inPlace(data []byte, backup string) error {
	r.warn("%q is mounted by itself and cannot be replaced in one step: writing into it, the version before is kept in %q", r.target, backup)
	if !soleName(r.old.info) {
		r.warn("%q has several names; all of them change", r.target)
	}
	f, err := openPatiently(r.target, os.O_WRONLY)
	if err != nil {
		return fmt.Errorf("writing the kubeconfig: %w", err)
	}
	defer f.Close()
	if n := len(r.old.data); n < len(data) {
		if _, err := f.WriteAt(data[n:], int64(n)); err != nil {
			return errors.Join(fmt.Errorf("writing the kubeconfig: %w", err), f.Truncate(int64(n)))
		}
	}
	if _, err := f.WriteAt(data[:min(len(data), len(r.old.data))], 0); err != nil {
		return fmt.Errorf("writing the kubeconfig, of which %q is a good copy: %w", backup, err)
	}
	if err := f.Truncate(int64(len(data))); err != nil {
		return fmt.Errorf("writing the kubeconfig, of which %q is a good copy: %w", backup, err)
	}
	_ = f.Chmod(r.mode()) // not ours to decide when the mount does not let us
	if err := f.Sync(); err != nil {
		return fmt.Errorf("flushing the kubeconfig, of which %q is a good copy: %w", backup, err)
	}
	return nil
}

// remove takes the file away that a login made from nothing.
func (r replacer) remove() (string, error) {
	if r.old.info == nil {
		return "", nil
	}
	backup, err := r.backup()
	if err != nil {
		return "", err
	}
	if !r.old.isUnchanged(r.target) {
		return "", errChanged
	}
	err = atomicfile.Remove(r.target)
	if err != nil && cannotRename(err) {
		return backup, r.inPlace(nil, backup)
	}
	if err != nil {
		return "", fmt.Errorf("removing the kubeconfig that is empty now: %w", err)
	}
	r.finishBackup(backup)
	return backup, atomicfile.SyncDir(filepath.Dir(r.target))
}
