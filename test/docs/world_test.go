package docs

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
	"github.com/catalyst-cloud/kubectl-catalyst/test/testenv"
)

// world is where a page is played: a cloud, and the people that it speaks of.
type world struct {
	t       *testing.T
	cloud   *sandbox.Sandbox
	kubectl string
	dir     string
	people  map[string]*person
	tunnels map[*person]bool // who may have one
}

// person is somebody at a terminal.
type person struct {
	name, home string
	env        string // file with what the terminal has exported
	folder     string // file with the folder that the terminal is in
}

// robot is a pipeline: its account is an application credential in variables.
const robot = "robot"

// clusters are what most pages speak of: prod, which is well, and batch.
func clusters() []sandbox.Cluster {
	return []sandbox.Cluster{
		{Name: "prod", Template: "kubernetes-v1.36.3-20261010", Masters: 3, Nodes: 5},
		{Name: "batch", Template: "kubernetes-v1.35.6-20260710", Masters: 1, Nodes: 12, Fault: "a volume could not be attached",
			Labels: map[string]string{"master_lb_floating_ip_enabled": "true"}},
	}
}

// commands are what pages run besides both programs and kubectl: what every system
// has, and no openstack that this one happens to have.
func commands() []string {
	return []string{"bash", "cat", "env", "grep", "ls", "mkdir", "rm", "sh"}
}

func newWorld(t *testing.T, clusters []sandbox.Cluster) *world {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the pages show commands for a POSIX shell; on Windows they are not run")
	}
	scene := sandbox.Scene{Region: "nz-por-1", Project: "example-project", Clusters: clusters, Templates: []sandbox.Template{
		{Name: "kubernetes-v1.36.3-20261010", Version: "v1.36.3"},
		{Name: "kubernetes-v1.35.6-20260710", Version: "v1.35.6"},
		{Name: "kubernetes-v1.34.2-20260101", Version: "v1.34.2", Tags: "deprecated"},
	}}
	cloud, err := sandbox.Start(sandbox.Options{Scene: &scene})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cloud.Close() })
	w := &world{t: t, cloud: cloud, kubectl: realKubectl(t), dir: t.TempDir(), people: map[string]*person{}, tunnels: map[*person]bool{}}
	return w
}

// kubectls holds the one kubectl that all worlds use.
var kubectls struct {
	once sync.Once
	path string
	err  error
}

func realKubectl(t *testing.T) string {
	t.Helper()
	lab.RequireKubectl(t)
	kubectls.once.Do(func() { kubectls.path, kubectls.err = lab.RealKubectl(context.Background()) })
	if kubectls.err != nil {
		t.Fatal(kubectls.err)
	}
	return kubectls.path
}

// person returns somebody by name. At first the home holds a clouds.yaml and
// what testdata/home has.
func (w *world) person(name string) *person {
	w.t.Helper()
	if p := w.people[name]; p != nil {
		return p
	}
	p := &person{name: name, home: filepath.Join(w.dir, "home", name), env: filepath.Join(w.dir, name+".env"), folder: filepath.Join(w.dir, name+".cwd")}
	if err := os.CopyFS(p.home, os.DirFS(filepath.Join("testdata", "home"))); err != nil {
		w.t.Fatal(err)
	}
	if name != robot {
		w.write(p, "~/.config/openstack/clouds.yaml", string(w.cloud.CloudsYAML(name)))
		w.write(p, "~/openrc.sh", openrc(w.cloud.Env(name)))
	}
	venv := filepath.Join(p.home, "venv", "bin")
	w.must(os.MkdirAll(venv, 0o700))
	w.must(os.WriteFile(filepath.Join(venv, "python"), nil, 0o700))
	w.must(os.WriteFile(filepath.Join(venv, "openstack"), []byte("#!"+filepath.Join(venv, "python")+"\n"), 0o700))
	first, _, _ := strings.Cut(os.Getenv("PATH"), string(os.PathListSeparator)) // both programs, thanks to TestMain
	bin, tools := filepath.Join(p.home, "bin"), filepath.Join(w.dir, name+".tools")
	w.must(errors.Join(os.MkdirAll(bin, 0o700), os.MkdirAll(tools, 0o700), testenv.Fill(tools, commands()...),
		os.Symlink(w.kubectl, filepath.Join(tools, "kubectl"))))
	path := []string{first, venv, bin, tools}
	vars := map[string]string{
		"HOME": p.home, "PATH": strings.Join(path, string(os.PathListSeparator)), "TMPDIR": w.t.TempDir(), "TERM": "dumb", "LANG": "C.UTF-8",
	}
	if name == robot {
		maps.Copy(vars, w.cloud.Env("appcred"))
	} else {
		vars["OS_PASSWORD"] = name + "-pw" // stands for typing it
	}
	w.must(os.WriteFile(p.env, []byte(openrc(vars)), 0o600))
	w.must(os.WriteFile(p.folder, []byte(p.home), 0o600))
	w.people[name] = p
	return p
}

// leave ends what people left running: the tunnels of their logins.
func (w *world) leave() {
	for p := range w.tunnels {
		w.run(p, "for f in ~/.kube/config *.yaml; do kubectl catalyst logout --all --kubeconfig $f; done", false)
	}
}

// openrc is the file that a cloud hands out.
func openrc(vars map[string]string) string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(vars)) {
		b.WriteString("export " + key + "='" + vars[key] + "'\n")
	}
	return b.String()
}

// write makes a file of a page in somebody's home. What a page says about
// Catalyst Cloud is about the sandbox from then on.
func (w *world) write(p *person, path, text string) {
	w.t.Helper()
	rest, atHome := strings.CutPrefix(path, "~/")
	file := filepath.Join(p.home, filepath.FromSlash(rest))
	if !atHome {
		file = filepath.Join(w.here(p), filepath.FromSlash(path))
	}
	text = strings.NewReplacer("https://api.nz-por-1.catalystcloud.io:5000/v3", w.cloud.KeystoneURL,
		"alice@example.com", "alice").Replace(text)
	w.must(os.MkdirAll(filepath.Dir(file), 0o700))
	w.must(os.WriteFile(file, []byte(text), 0o600))
}

// send copies a file from one person to another.
func (w *world) send(from, to *person, name string) {
	w.t.Helper()
	data, err := os.ReadFile(filepath.Join(w.here(from), name))
	if errors.Is(err, fs.ErrNotExist) {
		w.t.Errorf("%s has no %s to send", from.name, name)
		return
	}
	w.must(err)
	w.must(os.WriteFile(filepath.Join(w.here(to), name), data, 0o600))
}

// here is the folder that somebody's terminal is in.
func (w *world) here(p *person) string {
	data, err := os.ReadFile(p.folder)
	w.must(err)
	return strings.TrimSpace(string(data))
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}
