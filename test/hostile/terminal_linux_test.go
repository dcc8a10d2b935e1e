package hostile

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/pty"
	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// TestTerminalsOfAnyWidth shows a table and a login on terminals that are too
// narrow for them, or that know nothing.
func TestTerminalsOfAnyWidth(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	for _, columns := range []int{1, 5, 20, 21, 22, 80, 5000} {
		for _, command := range []string{"cluster list", "login prod --no-check", "cluster show prod"} {
			t.Run(fmt.Sprintf("%d columns/%s", columns, command), func(t *testing.T) {
				t.Parallel()
				alice := newVictim(t, cloud, "alice")
				line := fmt.Sprintf("stty cols %d && exec kubectl-catalyst %s", columns, command)
				terminal := pty.Start(t, alice.command(t.Context(), "/bin/sh", "-c", line))
				if code := terminal.Exit(); code != 0 || strings.Contains(terminal.Shown(), "panic") {
					t.Errorf("exit code %d, shown: %q", code, terminal.Shown())
				}
			})
		}
	}
}

// askedForPassword starts a login of somebody whose clouds.yaml has no password,
// up to the prompt.
func askedForPassword(t *testing.T) (*victim, *pty.Terminal) {
	t.Helper()
	cloud := startCloud(t, sandbox.Options{})
	alice := newVictim(t, cloud, "alice")
	var kept [][]byte
	for line := range bytes.Lines(cloud.CloudsYAML("alice")) {
		if !bytes.Contains(line, []byte("password:")) {
			kept = append(kept, line)
		}
	}
	alice.write("home/.config/openstack/clouds.yaml", bytes.Join(kept, nil))
	terminal := pty.Start(t, alice.command(t.Context(), "kubectl-catalyst", "login", "prod", "--no-check"))
	terminal.Expect("Password of alice")
	return alice, terminal
}

// TestPasswordPrompt leaves no trace of what is typed, and writes nothing where
// the right password is not given.
func TestPasswordPrompt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, keys string
		code       int
	}{
		{"the right one", "alice-pw\r", 0},
		{"a wrong one", "not-alice\r", 4},
		{"Ctrl-C", "\x03", 4},
		{"Ctrl-C in the middle", "alice-\x03", 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			alice, terminal := askedForPassword(t)
			terminal.Type(c.keys)
			if code := terminal.Exit(); code != c.code {
				t.Errorf("exit code %d, want %d; shown: %q", code, c.code, terminal.Shown())
			}
			if strings.Contains(terminal.Shown(), "alice-") {
				t.Errorf("what was typed is shown: %q", terminal.Shown())
			}
			if _, err := os.Stat(alice.kubeconfig); (err == nil) != (c.code == 0) {
				t.Errorf("the kubeconfig: %v", err)
			}
		})
	}
}
