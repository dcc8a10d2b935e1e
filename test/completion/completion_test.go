package completion

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
	"github.com/catalyst-cloud/kubectl-catalyst/test/patience"
	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// programs are built once: the two of the project, and kubectl.
type programs struct {
	once sync.Once
	dir  string
	err  error
}

var built programs

func TestMain(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

func (p *programs) make(ctx context.Context) {
	if p.dir, p.err = os.MkdirTemp("", "completion-bin-"); p.err != nil {
		return
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", p.dir, "github.com/catalyst-cloud/kubectl-catalyst/cmd/...")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		p.err = fmt.Errorf("building the programs: %w: %s", err, out)
		return
	}
	kubectl, err := lab.RealKubectl(ctx)
	if err == nil {
		err = copyFile(kubectl, filepath.Join(p.dir, "kubectl"))
	}
	p.err = err
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o755)
}

// user is somebody with a shell, an account, and the plugin with its hook.
type user struct {
	t    *testing.T
	home string
	bin  string // in PATH: kubectl, both programs, and kubectl_complete-catalyst
	vars map[string]string
}

// They wait for an answer as long as it takes: what this is about must not
// depend on how much else the machine has to do.
func newUser(t *testing.T) *user {
	t.Helper()
	u := userOf(t, sandbox.Options{})
	u.vars["KUBECTL_CATALYST_COMPLETE_LATE"] = "1"
	return u
}

// userOf is a user of a cloud that behaves in a certain way.
func userOf(t *testing.T, o sandbox.Options) *user {
	t.Helper()
	lab.RequireKubectl(t)
	built.once.Do(func() { built.make(context.Background()) })
	if built.err != nil {
		t.Fatal(built.err)
	}
	cloud, err := sandbox.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cloud.Close() })
	u := &user{t: t, home: homeOf(t), vars: cloud.Env("alice")}
	u.bin = filepath.Join(u.home, "bin")
	if err := os.Mkdir(u.bin, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"kubectl", "kubectl-catalyst", "openstack-coe-helper"} {
		if err := os.Link(filepath.Join(built.dir, name), filepath.Join(u.bin, name)); err != nil {
			if err := copyFile(filepath.Join(built.dir, name), filepath.Join(u.bin, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if out, err := u.command("kubectl", "catalyst", "completion", "install").CombinedOutput(); err != nil ||
		string(out) != "wrote "+filepath.Join(u.bin, "kubectl_complete-catalyst")+"\n" {
		t.Fatalf("%v: %s", err, out)
	}
	return u
}

// homeOf makes a home that is removed when nothing writes into it any more: a
// completion may go on for a while after its answer was wanted.
func homeOf(t *testing.T) string {
	t.Helper()
	home, err := os.MkdirTemp("", "completion-home-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		patience.Until(t, home+" can be removed", func() bool { return os.RemoveAll(home) == nil })
	})
	return home
}

// environ is the user's, with their own programs before those of the machine.
func (u *user) environ() []string {
	env := []string{"HOME=" + u.home, "PATH=" + u.bin + ":/usr/bin:/bin", "KUBECONFIG=" + filepath.Join(u.home, "kubeconfig"), "TERM=xterm"}
	for k, v := range u.vars {
		env = append(env, k+"="+v)
	}
	return env
}

func (u *user) command(name string, args ...string) *exec.Cmd {
	if !filepath.IsAbs(name) {
		name = filepath.Join(u.bin, name)
	}
	cmd := exec.CommandContext(u.t.Context(), name, args...)
	cmd.Env, cmd.Dir = u.environ(), u.home
	return cmd
}

// write writes a file in the user's home.
func (u *user) write(name, text string) string {
	u.t.Helper()
	path := filepath.Join(u.home, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		u.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		u.t.Fatal(err)
	}
	return path
}

// splitWords stands for what the package bash-completion does on a machine that
// has it, as far as a line without quotes and colons goes.
const splitWords = `
_get_comp_words_by_ref() {
	while [[ $1 == -* ]]; do shift 2; done
	cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} cword=$COMP_CWORD words=("${COMP_WORDS[@]}")
}
`

// asksBash checks what bash would offer, in any order.
func asksBash(u *user, want []string, function, script string, line ...string) {
	u.t.Helper()
	got := askBash(u, function, script, line...)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		u.t.Errorf("%q (-want +got):\n%s", line, diff)
	}
}

// askBash drives the completion function of a real bash, whose words are what
// would be offered.
func askBash(u *user, function, script string, line ...string) []string {
	u.t.Helper()
	var quoted strings.Builder
	for _, w := range line {
		fmt.Fprintf(&quoted, "'%s' ", w)
	}
	text := splitWords + "source " + script + "\n" + fmt.Sprintf(`COMP_WORDS=(%s) COMP_CWORD=%d COMP_TYPE=9 COLUMNS=200
COMP_LINE="${COMP_WORDS[*]}" COMP_POINT=${#COMP_LINE}
%s
printf '%%s\n' "${COMPREPLY[@]}"
`, &quoted, len(line)-1, function)
	cmd := u.command("/bin/bash", "--noprofile", "--norc", "-c", text)
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil || strings.Contains(complaints.String(), "rror") {
		u.t.Fatalf("%v: %s", err, complaints.String())
	}
	var words []string
	for l := range strings.Lines(string(out)) {
		if word, _, _ := strings.Cut(strings.TrimSpace(l), " "); word != "" {
			words = append(words, word)
		}
	}
	return words
}

func containsAll(text string, parts ...string) bool {
	for _, p := range parts {
		if !strings.Contains(text, p) {
			return false
		}
	}
	return true
}
