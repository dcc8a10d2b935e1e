// Package hostile attacks the built programs: with files from strangers, a
// cloud and API servers that lie, flood or hang, and other users of the machine.
// A case passes when the victim loses nothing: no secret leaves, nothing runs,
// nothing grows without bound, and the error says what happened.
package hostile

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
	"github.com/catalyst-cloud/kubectl-catalyst/test/sshtest"
)

// patience bounds every command of a victim. It is for machines under load: no
// test asserts on how long something took.
const patience = 5 * time.Minute

// built is the folder of the built programs; "" before that.
var built string

// programs builds both programs once and returns their folder.
var programs = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "hostile-bin-")
	if err != nil {
		return "", err
	}
	built = dir
	if err := os.Chmod(dir, 0o755); err != nil { // other users of the machine run them, too
		return dir, err
	}
	cmd := exec.CommandContext(context.Background(), "go", "build", "-o", dir+string(filepath.Separator),
		"github.com/catalyst-cloud/kubectl-catalyst/cmd/...")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return dir, fmt.Errorf("building the programs: %w: %s", err, out)
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	if strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe") == "ssh" {
		sshtest.Main()
		return
	}
	if os.Args[0] == measureRole {
		os.Exit(measure())
	}
	_ = flag.Set("test.parallel", "8") // unless the command line says otherwise: most tests wait for a bound of the programs
	code := m.Run()
	if built != "" {
		_ = os.RemoveAll(built)
	}
	os.Exit(code)
}

// startCloud starts an embedded cloud of the test's own. The zero Options is a
// healthy one; Options.Intercept puts a hostile handler before a service.
func startCloud(t *testing.T, o sandbox.Options) *sandbox.Sandbox {
	t.Helper()
	cloud, err := sandbox.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cloud.Close() })
	return cloud
}

// victim is somebody at a terminal of their own: a home with a clouds.yaml that
// has one account, a kubeconfig, and a current folder that is not the home.
type victim struct {
	t          *testing.T
	home       string
	folder     string // the current folder of commands
	kubeconfig string
	vars       map[string]string // added to a bare environment; "" removes
}

// newVictim returns a user of the cloud by name. Two users of the sandbox are
// alice (k8s_admin) and bob (k8s_developer, who may not ask Magnum for a CA).
func newVictim(t *testing.T, cloud *sandbox.Sandbox, name string) *victim {
	t.Helper()
	dir := t.TempDir()
	v := &victim{t: t, home: filepath.Join(dir, "home"), folder: filepath.Join(dir, "work"), vars: map[string]string{}}
	v.kubeconfig = filepath.Join(v.home, ".kube", "config")
	must(t, os.MkdirAll(v.home, 0o700))
	must(t, os.MkdirAll(v.folder, 0o700))
	v.write("home/.config/openstack/clouds.yaml", cloud.CloudsYAML(name))
	return v
}

// write makes a file below the folder that holds home and work, and returns its
// path.
func (v *victim) write(name string, data []byte) string {
	v.t.Helper()
	path := filepath.Join(filepath.Dir(v.home), filepath.FromSlash(name))
	must(v.t, os.MkdirAll(filepath.Dir(path), 0o700))
	must(v.t, os.WriteFile(path, data, 0o600))
	return path
}

// environ is the environment of the victim's commands. Of the machine's own it
// has what programs need to start at all.
func (v *victim) environ(bin string) []string {
	vars := map[string]string{
		"HOME": v.home, "KUBECONFIG": v.kubeconfig, "LC_ALL": "C.UTF-8", "TERM": "dumb", "KUBERC": "off",
		"PATH": strings.Join([]string{bin, "/usr/bin", "/bin"}, string(os.PathListSeparator)),
	}
	if runtime.GOOS == "windows" {
		for _, key := range []string{"SystemRoot", "TEMP", "TMP", "LOCALAPPDATA"} {
			vars[key] = os.Getenv(key)
		}
		vars["USERPROFILE"], vars["APPDATA"] = v.home, filepath.Join(v.home, ".config")
	}
	maps.Copy(vars, v.vars)
	var out []string
	for _, key := range slices.Sorted(maps.Keys(vars)) {
		if vars[key] != "" {
			out = append(out, key+"="+vars[key])
		}
	}
	return out
}

// result is what a command left.
type result struct {
	stdout, stderr string
	code           int
	memory         int64 // the most it held, in bytes; 0 where that is not known
}

// command prepares one of the built programs, or any other by absolute path.
func (v *victim) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	v.t.Helper()
	bin, err := programs()
	must(v.t, err)
	if !filepath.IsAbs(name) {
		name = filepath.Join(bin, name)
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env, cmd.Dir, cmd.WaitDelay = v.environ(bin), v.folder, patience
	return cmd
}

// run runs a program to its end.
func (v *victim) run(name string, args ...string) result {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(v.t.Context()), patience)
	defer cancel()
	return runCommand(v.t, ctx, v.command(ctx, name, args...))
}

// catalyst runs the plugin.
func (v *victim) catalyst(args ...string) result {
	v.t.Helper()
	return v.run("kubectl-catalyst", args...)
}

// mustCatalyst runs the plugin, which must succeed.
func (v *victim) mustCatalyst(args ...string) result {
	v.t.Helper()
	r := v.catalyst(args...)
	if r.code != 0 {
		v.t.Fatalf("kubectl-catalyst %q: %s", args, r)
	}
	return r
}

// runCommand runs a prepared command to its end; a command that outlives ctx
// fails the test.
func runCommand(t *testing.T, ctx context.Context, cmd *exec.Cmd) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd, memory := measured(t, ctx, cmd)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if ctx.Err() != nil {
		t.Fatalf("%q did not end\n%s%s", cmd.Args, stdout.Bytes(), stderr.Bytes())
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%q: %v", cmd.Args, err)
	}
	return result{stdout: stdout.String(), stderr: stderr.String(), code: cmd.ProcessState.ExitCode(),
		memory: memory()}
}

func (r result) String() string {
	return fmt.Sprintf("exit code %d\nstdout: %s\nstderr: %s", r.code, r.stdout, r.stderr)
}

// wantRefused checks for an error with that exit code whose stderr says all of
// these things and has a next step.
func (r result) wantRefused(t *testing.T, code int, says ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("want exit code %d, got %s", code, r)
	}
	for _, s := range append(says, "error: ", "hint: ") {
		if !strings.Contains(r.stderr, s) {
			t.Errorf("stderr lacks %q: %s", s, r)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
