package catalyst_test

import (
	"path/filepath"
	"syscall"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// A kubeconfig that cannot be read to its end, such as one behind a network that
// is gone, holds nobody up either.
func TestCompletionLeavesBehindWhatDoesNotEnd(t *testing.T) {
	t.Parallel()
	s := newHastyShell(t, sandbox.Options{})
	s.env["KUBECONFIG"] = filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(s.env["KUBECONFIG"], 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // let the reader go
		if fd, err := syscall.Open(s.env["KUBECONFIG"], syscall.O_RDWR|syscall.O_NONBLOCK, 0); err == nil {
			_ = syscall.Close(fd)
		}
	})
	s.offers(nil, "logout", "") // it ends, which is all that is asked of it
}
