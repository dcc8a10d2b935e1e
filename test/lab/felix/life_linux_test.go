package felix_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/felix"
	"github.com/catalyst-cloud/kubectl-catalyst/test/patience"
)

// ownerVariable makes this test program play the owner of a node, to be killed.
const ownerVariable = "FELIX_TEST_OWNER"

func TestMain(m *testing.M) {
	if os.Getenv(ownerVariable) == "" {
		os.Exit(m.Run())
	}
	n, err := felix.Start(context.Background(), felix.Options{})
	if err == nil {
		err = n.Enter(func() error { to, err := os.Readlink("/proc/thread-self/ns/net"); fmt.Println(to); return err })
	}
	fmt.Println(err)
	select {}
}

// TestNothingOutlivesItsOwner: when the process that started a node is killed, so
// is all that ran in the node's network namespace.
func TestNothingOutlivesItsOwner(t *testing.T) {
	t.Parallel()
	felix.Require(t)
	owner := exec.Command(os.Args[0])
	owner.Env = append(os.Environ(), ownerVariable+"=1", "TMPDIR="+t.TempDir())
	out, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	said, _ := bufio.NewReader(out).ReadString('\n')
	space := strings.TrimSpace(said)
	before := inside(t, space)
	if err := owner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = owner.Wait() // reports the kill
	if !strings.HasPrefix(space, "net:") || before < 3 {
		t.Fatalf("%d processes in the node's namespace %q", before, space)
	}
	patience.Until(t, "all processes in the node's namespace have ended", func() bool { return inside(t, space) == 0 })
}

// inside counts the processes in a network namespace.
func inside(t *testing.T, space string) (n int) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		if to, err := os.Readlink(path); err == nil && to == space { // an error: it ended meanwhile
			n++
		}
	}
	return n
}
