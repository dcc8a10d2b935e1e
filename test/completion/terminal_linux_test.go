package completion

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
	"github.com/catalyst-cloud/kubectl-catalyst/test/pty"
	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// session is a shell in a terminal.
type session struct {
	*pty.Terminal
	t *testing.T
	// answer is a word that the shell turns into "X42" when it runs a line.
	answer string
}

// tab types the beginning of a line and TAB, and checks what the line is then.
// The line is not run: it is made the arguments of echo.
func (s *session) tab(begun, want string) {
	s.t.Helper()
	s.Type(begun + "\t\x01echo " + s.answer + "\n") // Ctrl-A is the beginning of the line
	s.Expect("X42")
	if got := strings.TrimSpace(s.Expect("\n")); got != want {
		s.t.Errorf("%q became %q, not %q", begun, got, want)
	}
}

// A person at a terminal, in bash.
func TestBashAtATerminal(t *testing.T) {
	t.Parallel()
	needBash(t)
	u := newUser(t)
	u.write("rc", splitWords+"PS1='ready> '\nsource <(kubectl completion bash)\nsource <(openstack-coe-helper completion bash)\n")
	s := u.session(u.command("/bin/bash", "--noprofile", "--rcfile", u.home+"/rc", "-i"), "X$((40+2))")
	s.completes()
}

func (u *user) session(cmd *exec.Cmd, answer string) *session {
	u.t.Helper()
	s := &session{Terminal: pty.Start(u.t, cmd), t: u.t, answer: answer}
	s.Expect("ready> ")
	return s
}

// completes tries what every shell must complete.
func (s *session) completes() {
	s.t.Helper()
	s.tab("kubectl catalyst logi", "kubectl catalyst login")
	s.tab("kubectl catalyst login bl", "kubectl catalyst login blue")
	s.tab("kubectl catalyst cluster wait gree", "kubectl catalyst cluster wait green")
	s.tab("kubectl catalyst cluster create x --template kubernetes-v1.36", "kubectl catalyst cluster create x --template kubernetes-v1.36.3")
	s.tab("kubectl catalyst network-policy check --skip dns-b", "kubectl catalyst network-policy check --skip dns-blocked")
	s.tab("openstack-coe-helper support bl", "openstack-coe-helper support blue")
	if shown := s.Shown(); strings.Contains(shown, "rror") || strings.Contains(shown, "assword") {
		s.t.Errorf("shown: %s", shown)
	}
}

// Where a password would have to be asked for, TAB does nothing: no question, no
// error, and the line can be typed on.
func TestTabNeverAsks(t *testing.T) {
	t.Parallel()
	needBash(t)
	for name, change := range map[string]func(u *user){
		"no password":    func(u *user) { delete(u.vars, "OS_PASSWORD") },
		"wrong password": func(u *user) { u.vars["OS_PASSWORD"] = "wrong" },
		"no account":     func(u *user) { u.vars = nil },
		"nobody listens": func(u *user) { u.vars["OS_AUTH_URL"] = "http://127.0.0.1:1/v3" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := userOf(t, sandbox.Options{})
			change(u)
			u.write("rc", splitWords+"PS1='ready> '\nsource <(kubectl completion bash)\n")
			s := u.session(u.command("/bin/bash", "--noprofile", "--rcfile", u.home+"/rc", "-i"), "X$((40+2))")
			s.tab("kubectl catalyst login bl", "kubectl catalyst login bl")
			s.tab("kubectl catalyst network-policy explain sh", "kubectl catalyst network-policy explain sh")
			for _, bad := range []string{"assword", "rror", "int:", "refused", "Completion ended"} {
				if shown := s.Shown(); strings.Contains(shown, bad) {
					t.Errorf("shown: %s", shown)
				}
			}
		})
	}
}

// The shells as Debian has them, where this machine has none.
func TestShellsOfDebian(t *testing.T) {
	t.Parallel()
	debian.Require(t, "shells of Debian", Shells().Available())
	root, err := Shells().Root()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		rc, text, answer string
		start            []string
	}{
		"bash": {".bashrc", "source /usr/share/bash-completion/bash_completion\nPS1='ready> '\n" +
			"source <(kubectl completion bash)\nsource <(openstack-coe-helper completion bash)\n", "X$((40+2))", []string{"/bin/bash", "-i"}},
		"zsh": {".zshrc", "PS1='ready> '\nautoload -U compinit\ncompinit -u -D\n" +
			"source <(kubectl completion zsh)\nsource <(openstack-coe-helper completion zsh)\n", "X$((40+2))", []string{"/bin/zsh", "-i"}},
		"fish": {".config/fish/config.fish", "function fish_prompt; echo -n 'ready> '; end\nset -g fish_greeting\n" +
			"kubectl completion fish | source\nopenstack-coe-helper completion fish | source\n", "X(math 40+2)", []string{"/usr/bin/fish", "-i"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newUser(t)
			u.write(c.rc, c.text)
			env := []string{"HOME=/lab", "PATH=/lab/bin:/usr/sbin:/usr/bin:/sbin:/bin", "KUBECONFIG=/lab/kubeconfig", "TERM=xterm"}
			for k, v := range u.vars {
				env = append(env, k+"="+v)
			}
			u.session(root.Command(t.Context(), u.home, t.TempDir(), env, c.start...), c.answer).completes()
		})
	}
}
