package kubeconfig

import (
	"context"
	"errors"
	"time"
)

var errTodo = errors.New("kubeconfig: not there yet")

// Merge adds entries to the kubeconfig in data, or updates those that an
// earlier login made, and makes the context that was asked for as use current
// ("" leaves it). nil data is a file that does not exist yet, which Remove can
// tell from an empty one. It returns the new bytes and, in the order of
// entries, the logins with the names they have in the file. When nothing
// changes the returned bytes equal data.
//
// A cluster made anew under an old name (same project, region and cloud,
// another UUID) takes over the entry. A name held by anything else is a
// *CollisionError. A file that does not parse, that two entries of one name
// make ambiguous, or that cannot be edited safely is refused with the line.
func Merge(data []byte, entries []Entry, use string) ([]byte, []Owned, error) {
	return nil, nil, errTodo
}

// Remove takes out the logins that which chooses and returns the new bytes and
// what was taken out. A cluster or user that a remaining login needs stays.
// When nobody edited the file in between, the bytes are those from before the
// login; nil bytes (not merely empty) say that there was no file.
func Remove(data []byte, which func(Owned) bool) ([]byte, []Owned, error) {
	return nil, nil, errTodo
}

// List returns the logins in data, in the order of the file.
func List(data []byte) ([]Owned, error) { return nil, errTodo }

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
