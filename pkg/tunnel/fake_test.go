package tunnel_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/tunnel"
	"github.com/catalyst-cloud/kubectl-catalyst/test/patience"
	"github.com/catalyst-cloud/kubectl-catalyst/test/sshtest"
	"github.com/catalyst-cloud/kubectl-catalyst/test/testenv"
)

func TestMain(m *testing.M) {
	testenv.Main(m, map[string]func(){"ssh": sshtest.Main, "kubectl-catalyst": serveOrAsk})
}

// serveOrAsk is what the plugin does when it is run for a tunnel. The cache is in
// HOME, whatever the system.
func serveOrAsk() {
	ctx := context.Background()
	if tunnel.Asking(os.Getenv) {
		if tunnel.Ask(ctx, os.Args[1:], os.Getenv, os.Stdout) != nil {
			os.Exit(1)
		}
		return
	}
	var spec tunnel.Spec
	batch := false
	dir := ""
	for _, a := range os.Args[1:] {
		name, value, _ := strings.Cut(a, "=")
		switch name {
		case "--bastion":
			spec.Bastion, _ = tunnel.ParseBastion(value)
		case "--target":
			spec.Target = value
		case "--port":
			spec.Port, _ = strconv.Atoi(value)
		case "--idle":
			spec.Idle, _ = time.ParseDuration(value)
		case "--batch":
			batch = true
		case "--cache":
			dir = value
		}
	}
	if tunnel.Serve(ctx, spec, store.Open(dir), batch, os.Stdin, os.Stdout) != nil {
		os.Exit(1)
	}
}

// bed is a user with a cache of their own.
type bed struct {
	*tunnel.Keeper
	t     *testing.T
	cache string
}

func newBed(t *testing.T) *bed {
	t.Helper()
	b := &bed{t: t, cache: filepath.Join(t.TempDir(), "cache")}
	b.Keeper = &tunnel.Keeper{Store: store.Open(b.cache), Command: func(args []string) (*exec.Cmd, error) {
		self, err := exec.LookPath("kubectl-catalyst")
		return exec.Command(self, append(args, "--cache="+b.cache)...), err
	}}
	return b
}

// spec is a tunnel through a bastion to target that is ended with the test.
func (b *bed) spec(bastion, target string) tunnel.Spec {
	b.t.Helper()
	port, err := tunnel.FreePort(b.t.Context(), nil)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		if err := b.End(context.Background(), port); err != nil {
			b.t.Error(err)
		}
	})
	return tunnel.Spec{Bastion: tunnel.Bastion{Host: bastion}, Target: target, Port: port}
}

// up brings a tunnel up.
func (b *bed) up(s tunnel.Spec) (fresh bool) {
	b.t.Helper()
	fresh, err := b.Up(b.t.Context(), s)
	if err != nil {
		b.t.Fatal(err)
	}
	return fresh
}

// counted lets the ssh of this test write down its process ids. The test cannot run
// beside others then.
func (b *bed) counted() (pids func() []string) {
	log := filepath.Join(b.t.TempDir(), "ssh")
	b.t.Setenv(sshtest.LogVariable, log)
	return func() []string {
		text, _ := os.ReadFile(log) // there is none as long as there was no ssh
		return strings.Fields(string(text))
	}
}

// until waits for something to become true.
func (b *bed) until(what string, is func() bool) {
	b.t.Helper()
	patience.Until(b.t, what, is)
}

// server returns the process id of the bed's only tunnel, and its folder.
func (b *bed) server() (pid, dir string) {
	b.t.Helper()
	files, err := filepath.Glob(filepath.Join(b.cache, "tunnel-*"))
	if err != nil {
		b.t.Fatal(err)
	}
	for _, f := range files {
		var state struct {
			Pid int
			Dir string
		}
		if text, err := os.ReadFile(f); err == nil && json.Unmarshal(text, &state) == nil && state.Pid > 0 {
			return strconv.Itoa(state.Pid), state.Dir
		}
	}
	b.t.Fatal("no tunnel has left word of itself")
	return "", ""
}
