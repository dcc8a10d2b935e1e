package hostile

import (
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/pty"
	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// A kubeconfig that names a stranger's Keystone gets no password, not even from
// somebody at a terminal who would type it.
func TestPasswordIsNotAskedForAStrangersKeystone(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	evil := startStranger(t, nil)
	alice := newVictim(t, cloud, "alice")
	file := replaceIn(t, sharedFile(t, cloud, "prod"), `      - --auth=keystone\n`,
		"      - --auth=keystone\n      - --os-auth-url="+evil.URL+"/v3\n      - --os-username=alice\n      - --os-user-domain-name=Default\n      - --os-project-id=0123456789abcdef0123456789abcdef\n")
	file = replaceIn(t, file, `"auth-url": "[^"]*"`, `"auth-url": "`+evil.URL+`/v3"`)
	file = replaceIn(t, file, `"project-id": "[^"]*", `, "")
	r := alice.mustCatalyst("login", "--from-file", alice.write("evil.yaml", []byte(file)))
	if !strings.Contains(r.stderr, "no cloud of yours has the auth URL "+evil.URL) {
		t.Errorf("the auth URL is not pointed out: %s", r)
	}
	terminal := pty.Start(t, alice.command(t.Context(), requireKubectl(t), "get", "ns"))
	terminal.Expect("your password is not asked for")
	terminal.Expect("kubectl catalyst login")
	if code := terminal.Exit(); code == 0 {
		t.Errorf("kubectl succeeded")
	}
	if shown := terminal.Shown(); strings.Contains(shown, "Password of") {
		t.Errorf("the password was asked for: %q", shown)
	}
	evil.wantSilence(t)
}

// At a terminal a file is taken only with a yes or the right fingerprint, as ssh
// takes a host.
func TestPersonAcceptsASharedFile(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	evil := startTLSStranger(t, nil)
	good := sharedFile(t, cloud, "prod")
	bad := redirectTo(t, good, evil)
	for _, c := range []struct {
		name, file, answer string
		code               int
	}{
		{"no", good, "no", 1}, {"nothing", good, "", 1}, {"yes", good, "yes", 0},
		{"the stranger's fingerprint", good, evil.fingerprint(), 1}, {"its own", bad, strings.ToLower(evil.fingerprint()), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bob := newVictim(t, cloud, "bob")
			terminal := pty.Start(t, bob.command(t.Context(), "kubectl-catalyst", "login", "--from-file", bob.write("prod.yaml", []byte(c.file))))
			terminal.Expect("Log in with this file")
			terminal.Type(c.answer + "\n")
			if code := terminal.Exit(); code != c.code {
				t.Errorf("exit code %d, want %d: %s", code, c.code, terminal.Shown())
			}
		})
	}
	bob := newVictim(t, cloud, "bob")
	terminal := pty.Start(t, bob.command(t.Context(), "kubectl-catalyst", "login", "--from-file", bob.write("evil.yaml", []byte(bad)), "--ca-fingerprint", evil.fingerprint()))
	if code := terminal.Exit(); code != 0 || strings.Contains(terminal.Shown(), "Log in with") {
		t.Errorf("exit code %d with a pin: %s", code, terminal.Shown())
	}
}
