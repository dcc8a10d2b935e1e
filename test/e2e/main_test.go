// Package e2e walks the journeys of users over real services: Keystone, Magnum,
// kube-apiserver, kubectl and the openstack client.
package e2e

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
	"github.com/catalyst-cloud/kubectl-catalyst/test/patience"
)

// startTimeout bounds what starts several servers, or compiles.
const startTimeout = 3 * patience.Limit

// atOnce is how many journeys are under way at a time, whatever the machine has:
// most of their time they wait, for servers to start and for the seconds between
// two questions about a cluster.
const atOnce = 4

// programs are those under test, in a folder.
type programs struct {
	once sync.Once
	bin  string
	err  error
}

// shared is a bed that journeys use.
type shared struct {
	once    sync.Once
	require func(debian.T)
	bed     *lab.Lab
	err     error
}

var (
	world programs

	// beds are started by the first journey that needs them. What everybody does
	// everywhere is tried on both. Labels that decide how an operation ends, seeded
	// clusters in odd states, network policies and private clusters are the older
	// one's alone: nothing of them depends on Magnum's driver.
	beds = map[lab.Cloud]*shared{lab.Heat: {require: lab.Require}, lab.ClusterAPI: {require: lab.RequireClusterAPI}}
)

func TestMain(m *testing.M) {
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		_ = f.Value.Set(strconv.Itoa(atOnce)) // it is a number
	}
	code := m.Run()
	for _, s := range beds {
		if s.bed != nil {
			s.bed.Close()
		}
	}
	if world.bin != "" {
		_ = os.RemoveAll(world.bin)
	}
	os.Exit(code)
}

// bed is that of the older cloud.
func bed(t *testing.T) *lab.Lab {
	t.Helper()
	return bedOf(t, lab.Heat)
}

// bedOf starts the services of a cloud when the first journey needs them.
func bedOf(t *testing.T, cloud lab.Cloud) *lab.Lab {
	t.Helper()
	s := beds[cloud]
	s.require(t)
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	world.once.Do(func() { world.bin, world.err = build(ctx) })
	s.once.Do(func() {
		if s.err = world.err; s.err == nil {
			s.bed, s.err = lab.Start(ctx, lab.Options{Cloud: cloud, Kube: true, Nodes: 3})
		}
	})
	if s.err != nil {
		t.Fatal(s.err)
	}
	return s.bed
}

// onBothClouds runs a journey on the older cloud and on that of today.
func onBothClouds(t *testing.T, journey func(t *testing.T, cloud lab.Cloud)) {
	t.Parallel()
	for name, cloud := range map[string]lab.Cloud{"Magnum 15": lab.Heat, "Magnum 20": lab.ClusterAPI} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			journey(t, cloud)
		})
	}
}

// build makes the programs under test.
func build(ctx context.Context) (dir string, err error) {
	if dir, err = os.MkdirTemp("", "catalyst-bin-"); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", dir, "github.com/catalyst-cloud/kubectl-catalyst/cmd/...")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return dir, fmt.Errorf("building the programs: %w: %s", err, out)
	}
	return dir, nil
}

// person is somebody at a terminal of their own: a home, a kubeconfig, and the
// variables of an openrc.
type person struct {
	t          *testing.T
	bed        *lab.Lab
	home       string
	kubeconfig string
	vars       []string // OS_* and others, as KEY=value
}

// somebody is a person with the openrc of user; "" for one without any.
func somebody(t *testing.T, user string) *person {
	t.Helper()
	return somebodyAt(t, lab.Heat, user)
}

// somebodyAt is a person at a cloud.
func somebodyAt(t *testing.T, cloud lab.Cloud, user string) *person {
	t.Helper()
	l := bedOf(t, cloud)
	p := &person{t: t, bed: l, home: t.TempDir()}
	p.kubeconfig = filepath.Join(p.home, ".kube", "config")
	if user != "" {
		p.vars = l.Env(user)
	}
	return p
}

func (p *person) environ() []string {
	return append([]string{
		"HOME=" + p.home,
		"PATH=" + world.bin + string(os.PathListSeparator) + os.Getenv("PATH"),
		"KUBECONFIG=" + p.kubeconfig,
	}, p.vars...)
}

// result is what a command left.
type result struct {
	stdout, stderr string
	code           int
}

// run runs a program and checks that nothing it wrote holds a secret.
func (p *person) run(name string, args ...string) result {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.t.Context()), patience.Limit) // cleanups run commands, too
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env, cmd.Dir = p.environ(), p.home
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	r := result{stdout: stdout.String(), stderr: stderr.String(), code: cmd.ProcessState.ExitCode()}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatalf("%s: %v", name, err)
	}
	for _, s := range p.bed.Secrets() {
		if strings.Contains(r.stdout+r.stderr, s) {
			p.t.Errorf("%s %q wrote a secret", filepath.Base(name), args)
		}
	}
	return r
}

// catalyst runs the plugin, which must succeed.
func (p *person) catalyst(args ...string) result {
	p.t.Helper()
	return p.must("kubectl-catalyst", args...)
}

// kubectl runs the real kubectl, which must succeed, and returns its output.
func (p *person) kubectl(args ...string) string {
	p.t.Helper()
	return p.must(p.bed.Kubectl(), args...).stdout
}

func (p *person) must(name string, args ...string) result {
	p.t.Helper()
	r := p.run(p.path(name), args...)
	if r.code != 0 {
		p.t.Fatalf("%s %q: exit code %d\n%s%s", filepath.Base(name), args, r.code, r.stdout, r.stderr)
	}
	return r
}

func (p *person) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(world.bin, name)
}

// refused runs the plugin, which must fail with that exit code and say all of
// these things on stderr.
func (p *person) refused(code int, says []string, args ...string) {
	p.t.Helper()
	r := p.run(p.path("kubectl-catalyst"), args...)
	if r.code != code {
		p.t.Errorf("%q: exit code %d, want %d\n%s", args, r.code, code, r.stderr)
	}
	if r.stdout != "" {
		p.t.Errorf("%q: an error on stdout: %s", args, r.stdout)
	}
	for _, s := range append(says, "error: ", "hint: ") {
		if !strings.Contains(r.stderr, s) {
			p.t.Errorf("%q: stderr lacks %q:\n%s", args, s, r.stderr)
		}
	}
}

// set replaces or adds a variable; an empty value removes it.
func (p *person) set(key, value string) {
	var vars []string
	for _, v := range p.vars {
		if !strings.HasPrefix(v, key+"=") {
			vars = append(vars, v)
		}
	}
	if value != "" {
		vars = append(vars, key+"="+value)
	}
	p.vars = vars
}

// file writes a file in the person's home.
func (p *person) file(name string, data []byte) string {
	p.t.Helper()
	path := filepath.Join(p.home, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		p.t.Fatal(err)
	}
	return path
}

// finish ends the creation of a cluster whose lab_delay is "held".
func (p *person) finish(cluster string) {
	p.t.Helper()
	if err := p.bed.FinishOperations(patience.Context(p.t), cluster); err != nil {
		p.t.Fatal(err)
	}
}

func (p *person) read(path string) string {
	p.t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(data)
}
