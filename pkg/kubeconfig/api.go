package kubeconfig

import (
	"context"
	"errors"
	"time"
)

var errTodo = errors.New("kubeconfig: not there yet")

// Read returns the contexts of a kubeconfig that somebody shared as entries,
// and the name of its current context. What an Entry cannot hold (paths to
// files, auth-provider) is an error that names it.
func Read(data []byte) (entries []Entry, current string, err error) {
	return nil, "", errTodo
}

// Diff returns a unified diff of two versions of the file called name, with
// every secret masked, "" when they are equal.
func Diff(name string, old, new []byte) string { return "" }

// Files is the kubeconfig as kubectl sees it: one file, or the members of
// KUBECONFIG.
type Files struct {
	Paths    []string      // in order of precedence
	Explicit bool          // named by --kubeconfig
	DryRun   bool          // work everything out, write nothing
	Wait     time.Duration // how long to wait for a lock; 0: 15 seconds
	Warn     func(string)  // told in one line each about waiting, fallbacks, skipped files; may be nil
}

// Locate finds the kubeconfig: explicit (--kubeconfig), else KUBECONFIG (a
// list), else ~/.kube/config.
func Locate(explicit string, getenv func(string) string) (Files, error) {
	return Files{}, errTodo
}

// Change is one file that was, or with DryRun would be, replaced.
type Change struct {
	Path     string
	Old, New []byte // nil: no such file
	Backup   string // where Old was kept; "" when there was nothing to keep
}

// Merge writes entries, each into the file where it already lives, else where
// kubectl would write, and switches the current context to use ("" leaves it).
// All entries for one file make one write. Owned.Path says where each is.
func (f Files) Merge(ctx context.Context, entries []Entry, use string) ([]Change, []Owned, error) {
	return nil, nil, errTodo
}

// Remove takes the logins that which chooses out of every file.
func (f Files) Remove(ctx context.Context, which func(Owned) bool) ([]Change, []Owned, error) {
	return nil, nil, errTodo
}

// List returns the logins in all files. A member that cannot be read is
// reported through Warn and skipped.
func (f Files) List() ([]Owned, error) { return nil, errTodo }

// Update runs edit on the bytes of one file under kubectl's lock and replaces
// the file with what it returns: nil removes the file, equal bytes leave it
// alone. edit may be called again when the file changed meanwhile.
func (f Files) Update(ctx context.Context, path string, edit func(data []byte) ([]byte, error)) (Change, error) {
	return Change{}, errTodo
}
