package release

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
)

// machine is a user's, with kubectl, krew and git on it and nothing else.
type machine struct {
	home  string
	tools string // folder with kubectl, kubectl-krew, git
	bin   string // folder where krew links plugins
	env   map[string]string
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("krew has not been tried on Windows here: this test finds programs by links without .exe")
	}
	home := t.TempDir()
	m := &machine{home: home, tools: filepath.Join(home, "tools"), bin: filepath.Join(home, "krew", "bin")}
	krew, err := Krew().Find(t.Context())
	debian.Require(t, "real krew", err)
	lab.RequireKubectl(t)
	kubectl, err := lab.RealKubectl(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	gitProgram, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(m.tools, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, program := range map[string]string{
		"kubectl": kubectl, "kubectl-krew": filepath.Join(krew, "krew"), "git": gitProgram,
		"validate-krew-manifest": filepath.Join(krew, "validate-krew-manifest"),
	} {
		m.link(t, name, program)
	}
	m.env = map[string]string{
		"HOME": home, "TMPDIR": home, "XDG_CACHE_HOME": filepath.Join(home, "cache"), "XDG_CONFIG_HOME": filepath.Join(home, "config"),
		"KREW_ROOT": filepath.Join(home, "krew"), "KREW_NO_UPGRADE_CHECK": "1",
		"KUBECONFIG": m.kubeconfig(), "GIT_CONFIG_NOSYSTEM": "1",
		"PATH": m.bin + string(filepath.ListSeparator) + m.tools,
	}
	return m
}

func (m *machine) link(t *testing.T, name, program string) {
	t.Helper()
	if err := os.Symlink(program, filepath.Join(m.tools, name)); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) kubeconfig() string { return filepath.Join(m.home, "kubeconfig") }

// result is how a command ended.
type result struct {
	command        string
	stdout, stderr string
	code           int
}

// try runs a command line, split at blanks; extra variables come before it.
func (m *machine) try(t *testing.T, extra map[string]string, command ...string) result {
	t.Helper()
	program := filepath.Join(m.tools, command[0])
	if _, err := os.Stat(program); err != nil {
		program = filepath.Join(m.bin, command[0])
	}
	cmd := exec.CommandContext(t.Context(), program, command[1:]...)
	cmd.Dir = m.home
	for _, env := range []map[string]string{m.env, extra} {
		for name, value := range env {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%q: %v", command, err)
	}
	return result{strings.Join(command, " "), out.String(), complaints.String(), cmd.ProcessState.ExitCode()}
}

// run runs a command that has to succeed and returns its standard output.
func (m *machine) run(t *testing.T, command ...string) string {
	t.Helper()
	r := m.try(t, nil, command...)
	if r.code != 0 {
		t.Fatalf("%s: exit code %d\n%s%s", r.command, r.code, r.stdout, r.stderr)
	}
	return r.stdout
}

// fails is an error unless a command failed with all of these in what it said.
func (r result) fails(t *testing.T, wants ...string) {
	t.Helper()
	if r.code == 0 {
		t.Errorf("%s succeeded:\n%s", r.command, r.stdout)
	}
	for _, want := range wants {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("%s does not say %q:\n%s", r.command, want, r.stderr)
		}
	}
}

// serve puts the releases on a server as GitHub has them, and returns the
// address that stands for .../releases/download. Below it lies latest, with the
// manifests of the first.
func serve(t *testing.T, r *releases) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/"+first+"/", http.StripPrefix("/"+first, http.FileServer(http.Dir(r.first))))
	latest := t.TempDir()
	mux.Handle("/latest/", http.StripPrefix("/latest", http.FileServer(http.Dir(latest))))
	mux.Handle("/"+second+"/", http.StripPrefix("/"+second, http.FileServer(http.Dir(r.second))))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	for _, p := range r.catalog.Plugins {
		manifest(t, r, r.first, p.Name+".yaml", server.URL, latest)
	}
	return server.URL
}

// manifest writes the manifest of a release with the addresses of a server into
// dir and returns its path.
func manifest(t *testing.T, r *releases, release, name, server, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(release, name))
	if err != nil {
		t.Fatal(err)
	}
	published := r.catalog.Homepage + "/releases/download"
	if !bytes.Contains(text, []byte(published)) {
		t.Fatalf("%s does not lead to %s:\n%s", name, published, text)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, bytes.ReplaceAll(text, []byte(published), []byte(server)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
