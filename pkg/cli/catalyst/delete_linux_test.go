package catalyst_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/pty"
	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// atTerminal runs the program in a terminal, as alice of a cloud.
func atTerminal(t *testing.T, cloud *sandbox.Sandbox, args ...string) *pty.Terminal {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin, home := t.TempDir(), t.TempDir()
	if err := os.Symlink(self, filepath.Join(bin, "kubectl-catalyst")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "kubectl-catalyst"), args...)
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CACHE_HOME=", "KUBECONFIG="+filepath.Join(home, "kubeconfig"), "TERM=xterm")
	for k, v := range cloud.Env("alice") {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	return pty.Start(t, cmd)
}

// At a terminal the name has to be typed; anything else deletes nothing.
func TestDeleteAsksForTheName(t *testing.T) {
	t.Parallel()
	cloud, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cloud.Close() })
	const question = "for ever. Type its name: "
	deleted := func() int { return cloud.Count(sandbox.Magnum, "DELETE", "/v1/clusters") }
	for _, typed := range []string{"y\n", "Blue\n", "\n", "blue \n", "green\n"} {
		p := atTerminal(t, cloud, "cluster", "delete", "blue")
		if before := p.Expect(question); !strings.Contains(before, `This deletes cluster "blue"`) {
			t.Errorf("asked %q", before)
		}
		p.Type(typed)
		p.Expect("error: that is not its name: nothing is changed")
		if code := p.Exit(); code != 1 || deleted() != 0 {
			t.Errorf("%q: exit code %d, %d deletions", typed, code, deleted())
		}
	}
	p := atTerminal(t, cloud, "cluster", "delete", "blue")
	p.Expect(question)
	p.Type("\x03") // Ctrl-C
	if code := p.Exit(); code == 0 || deleted() != 0 {
		t.Errorf("after Ctrl-C: exit code %d, %d deletions: %s", code, deleted(), p.Shown())
	}
	p = atTerminal(t, cloud, "cluster", "delete", "blue")
	if warned := p.Expect(question); !strings.Contains(warned, "persistent volume pvc-3f0c (20Gi, of shop/orders) will stay and cost money") {
		t.Errorf("no word about what stays: %q", warned)
	}
	p.Type("blue\n")
	p.Expect(`cluster "blue" is being deleted`)
	if code := p.Exit(); code != 0 || deleted() != 1 {
		t.Errorf("exit code %d, %d deletions", code, deleted())
	}
}
