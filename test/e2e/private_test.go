package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/bastion"
	"github.com/catalyst-cloud/kubectl-catalyst/test/patience"
)

// private is somebody whose ssh knows a bastion of their own, beside a cluster
// called hidden, whose API only bastions reach.
type private struct {
	*person
	host *bastion.Host
}

// hidden is made once for all tests that need it, because every API server takes
// its time and memory.
var hidden struct {
	once   sync.Once
	server string // on this machine
	err    error
}

func behindBastion(t *testing.T) *private {
	t.Helper()
	bastion.Require(t)
	p := &private{person: somebody(t, "alice")}
	hidden.once.Do(func() {
		p.create("hidden", "lab_api=https://"+bastion.API)
		p.catalyst("cluster", "wait", "hidden")
		hidden.server, hidden.err = p.bed.KubeFor(t.Context(), "hidden")
	})
	if hidden.err != nil || hidden.server == "" {
		t.Fatalf("there is no hidden cluster: %v", hidden.err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), startTimeout)
	defer cancel()
	dir, err := os.MkdirTemp("", "catalyst-bastion-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if p.host, err = bastion.Start(ctx, dir, address(t, hidden.server)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.noTunnels()
		if t.Failed() {
			t.Log(p.host.Log())
		}
		p.host.Close()
	})
	bin := filepath.Join(p.home, "bin")
	if err := os.MkdirAll(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := p.host.InstallSSH(bin); err != nil {
		t.Fatal(err)
	}
	p.set("PATH", bin+string(os.PathListSeparator)+world.bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	p.ssh("id", "")
	return p
}

// ssh configures the person's ssh; see bastion.Host.Config.
func (p *private) ssh(key, knownHosts string) {
	p.t.Helper()
	p.file(".ssh/config", []byte(p.host.Config(key, knownHosts)))
}

func address(t *testing.T, server string) string {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

// port is that of the tunnel in the kubeconfig.
func (p *private) port() string {
	p.t.Helper()
	_, port, ok := strings.Cut(p.proxy(), "http://127.0.0.1:")
	if !ok {
		p.t.Fatalf("no tunnel in the kubeconfig:\n%s", p.read(p.kubeconfig))
	}
	return port
}

func (p *private) proxy() string {
	p.t.Helper()
	return p.kubectl("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.proxy-url}")
}

// processes lists the command lines of the tunnel's processes: ours and ssh.
func (p *private) processes() []string {
	p.t.Helper()
	var found []string
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		p.t.Fatal(err)
	}
	for _, dir := range dirs {
		environ, _ := os.ReadFile(filepath.Join(dir, "environ")) // it may have ended meanwhile
		line, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		args := strings.ReplaceAll(string(line), "\x00", " ")
		if strings.Contains(string(environ), "HOME="+p.home+"\x00") && (strings.Contains(args, "serve-tunnel") || strings.Contains(args, "bin/ssh ")) {
			found = append(found, filepath.Base(dir)+" "+args)
		}
	}
	return found
}

// until waits for something to become true.
func (p *person) until(what string, is func() bool) {
	p.t.Helper()
	patience.Until(p.t, what, is)
}

// noTunnels is the end of each test: nothing of a tunnel may be left running.
func (p *private) noTunnels() {
	p.run(p.path("kubectl-catalyst"), "logout", "--all")
	p.until("nothing of a tunnel runs after logout", func() bool { return len(p.processes()) == 0 })
}

// A private cluster is logged in to and used through a bastion, with its own
// address, and its certificate is verified all the way.
func TestPrivateClusterThroughABastion(t *testing.T) {
	t.Parallel()
	p := behindBastion(t)
	r := p.catalyst("login", "hidden", "--bastion", "bastion", "-o", "json")
	var rows []struct {
		Server, Version string
		Reachable       bool
	}
	if err := json.Unmarshal([]byte(r.stdout), &rows); err != nil || len(rows) != 1 {
		t.Fatalf("%v: %s", err, r.stdout)
	}
	if got := rows[0]; !got.Reachable || got.Version != "v1.36.3" || got.Server != "https://"+bastion.API {
		t.Errorf("login found %+v\n%s", got, r.stderr)
	}
	text := p.read(p.kubeconfig)
	if strings.Contains(text, "insecure") || !strings.Contains(text, "server: https://"+bastion.API) || !strings.Contains(text, "- --bastion=bastion") {
		t.Errorf("the kubeconfig says\n%s", text)
	}
	if out := p.kubectl("get", "ns", "-o", "name"); !strings.Contains(out, "kube-system") {
		t.Errorf("kubectl get ns printed %q", out)
	}
	if n := p.host.Logins(); n != 1 {
		t.Errorf("login and kubectl logged in to the bastion %d times, want once", n)
	}
	// The API server of another cluster answers in its place: its certificate counts.
	blue, err := p.bed.KubeFor(t.Context(), "blue")
	if err != nil {
		t.Fatal(err)
	}
	p.host.LeadTo(address(t, blue))
	if r := p.run(p.bed.Kubectl(), "get", "ns"); r.code == 0 || !strings.Contains(r.stderr, "certificate") {
		t.Errorf("kubectl talks to a server with another CA: %d %s%s", r.code, r.stdout, r.stderr)
	}
}

// However many kubectls need the tunnel at once, one ssh carries them all. Unused,
// it goes away, and comes back with the next.
func TestOneTunnelForManyKubectls(t *testing.T) {
	t.Parallel()
	p := behindBastion(t)
	p.catalyst("login", "hidden", "--bastion", "bastion", "--bastion-idle", "2s", "--no-check")
	if n := p.host.Logins(); n != 0 {
		t.Errorf("login --no-check went to the bastion %d times", n)
	}
	for round := 1; round <= 2; round++ {
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if r := p.run(p.bed.Kubectl(), "get", "ns", "-o", "name"); !strings.Contains(r.stdout, "kube-system") {
					t.Errorf("kubectl get ns: %d %s%s", r.code, r.stdout, r.stderr)
				}
			})
		}
		all.Wait()
		if n := p.host.Logins(); n != round {
			t.Errorf("round %d: somebody logged in to the bastion %d times", round, n)
		}
		p.until("an unused tunnel ends", func() bool { return len(p.processes()) == 0 })
	}
}

// The bastion goes down while the tunnel is up, and comes back.
func TestBastionThatCrashes(t *testing.T) {
	t.Parallel()
	p := behindBastion(t)
	p.catalyst("login", "hidden", "--bastion", "bastion")
	ended := p.watch()
	p.host.Crash()
	ended()
	r := p.run(p.bed.Kubectl(), "get", "ns")
	if r.code == 0 || !strings.Contains(r.stderr, "the tunnel through bastion failed: ") || !strings.Contains(r.stderr, "hint: ") {
		t.Errorf("without a bastion kubectl says %d %s%s", r.code, r.stdout, r.stderr)
	}
	if err := p.host.Boot(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out := p.kubectl("get", "ns", "-o", "name"); !strings.Contains(out, "kube-system") {
		t.Errorf("kubectl get ns printed %q", out)
	}
	// Whoever is killed, the other does not stay.
	for _, victim := range []string{"serve-tunnel", "bin/ssh "} {
		p.kill(victim)
		if out := p.kubectl("get", "ns", "-o", "name"); !strings.Contains(out, "kube-system") {
			t.Errorf("without %s kubectl get ns printed %q", victim, out)
		}
		p.until("one tunnel, one ssh", func() bool { return len(p.processes()) == 2 })
	}
}

// watch starts a kubectl that would go on for ever and returns, once it gets through,
// how to wait for its end.
func (p *private) watch() (ended func()) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience.Limit)
	cmd := exec.CommandContext(ctx, p.bed.Kubectl(), "get", "ns", "--watch", "-o", "name")
	cmd.Env, cmd.Dir = p.environ(), p.home
	out, err := cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil {
		p.t.Fatal(err)
	}
	return func() {
		defer cancel()
		_ = cmd.Wait() // how it ends is kubectl's business
		if ctx.Err() != nil {
			p.t.Error("kubectl goes on watching through a tunnel that is gone")
		}
	}
}

func (p *private) kill(what string) {
	p.t.Helper()
	for _, line := range p.processes() {
		var pid int
		if _, err := fmt.Sscan(line, &pid); err == nil && strings.Contains(line, what) {
			process, err := os.FindProcess(pid)
			if err == nil {
				err = process.Kill()
			}
			if err != nil {
				p.t.Fatal(err)
			}
			return
		}
	}
	p.t.Fatalf("no process %q", what)
}
