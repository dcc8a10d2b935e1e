package e2e

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/bastion"
	"github.com/catalyst-cloud/kubectl-catalyst/test/patience"
)

// Everything else that asks an API server goes the way of the login, too.
func TestAllCommandsGoThroughTheBastion(t *testing.T) {
	t.Parallel()
	p := behindBastion(t)
	p.catalyst("login", "hidden", "--bastion", "bastion", "--no-check")
	diagnosis := p.run(p.path("kubectl-catalyst"), "doctor", "hidden").stdout
	for _, step := range []string{"kubeconfig", "API server", "identity"} {
		if !strings.Contains(diagnosis, "ok       "+step) {
			t.Errorf("%s is not ok:\n%s", step, diagnosis)
		}
	}
	if r := p.run(p.path("kubectl-catalyst"), "network-policy", "map", "-o", "json"); r.code != 0 {
		t.Errorf("network-policy map: %d %s", r.code, r.stderr)
	}
	port := p.port()
	p.catalyst("login", "hidden")
	if now := p.port(); now != port {
		t.Errorf("a login without --bastion moved the tunnel from port %s to %s", port, now)
	}
	if n := p.host.Logins(); n != 1 {
		t.Errorf("somebody logged in to the bastion %d times, want once", n)
	}
	p.catalyst("login", "hidden", "--bastion", "inner")
	if out := p.kubectl("get", "ns", "-o", "name"); !strings.Contains(out, "kube-system") {
		t.Errorf("over a jump host kubectl get ns printed %q", out)
	}
	if n := p.host.Logins(); n != 3 {
		t.Errorf("somebody logged in to the bastion %d times, want once and twice over a jump host", n)
	}
	p.catalyst("logout", "hidden")
	if _, err := os.Stat(p.kubeconfig); err == nil {
		t.Error("logout left a kubeconfig")
	}
}

// A file to share names the bastion; who uses it goes there as themselves.
func TestSharedFileOfAPrivateCluster(t *testing.T) {
	t.Parallel()
	p := behindBastion(t)
	file := filepath.Join(p.home, "hidden.yaml")
	p.catalyst("login", "hidden", "--auth", "keystone", "--bastion", "bastion", "--output-kubeconfig", file)
	theirs := p.read(file)
	carol := &private{person: somebody(t, "carol"), host: p.host}
	for _, v := range p.vars {
		if path, ok := strings.CutPrefix(v, "PATH="); ok {
			carol.set("PATH", path)
		}
	}
	carol.ssh("id_locked", "")
	carol.catalyst("login", "--from-file", file)
	if strings.Contains(theirs, carol.proxy()+"\n") {
		t.Errorf("the port of somebody else's machine is taken over: %s", carol.proxy())
	}
	if r := carol.run(carol.bed.Kubectl(), "get", "ns"); r.code == 0 || !strings.Contains(r.stderr, "Permission denied") {
		t.Errorf("carol's ssh cannot use her key, and kubectl says %d %s%s", r.code, r.stdout, r.stderr)
	}
	carol.ssh("id", "")
	if who := carol.kubectl("auth", "whoami", "-o", "jsonpath={.status.userInfo.username}"); who != "carol" {
		t.Errorf("carol is %q to the cluster", who)
	}
	carol.noTunnels()
	// The file works as it is, too.
	p.set("KUBECONFIG", file)
	if out := p.kubectl("get", "ns", "-o", "name"); !strings.Contains(out, "kube-system") {
		t.Errorf("kubectl get ns printed %q", out)
	}
	p.catalyst("logout", "--all", "--kubeconfig", file)
}

// The tunnel command serves other programs until Ctrl-C, and leads to the one API
// server only.
func TestTunnelForOtherPrograms(t *testing.T) {
	t.Parallel()
	p := behindBastion(t)
	config := t.TempDir()
	if _, err := p.bed.OpenStack(t.Context(), "alice", config, "coe", "cluster", "config", "hidden", "--force"); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), p.path("kubectl-catalyst"), "tunnel", "hidden", "--bastion", "bastion", "-o", "json")
	cmd.Env, cmd.Dir = p.environ(), p.home
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var said struct {
		Server   string
		ProxyURL string `json:"proxy_url"`
	}
	if err := json.NewDecoder(out).Decode(&said); err != nil {
		t.Fatal(err)
	}
	if said.Server != "https://"+bastion.API {
		t.Errorf("the tunnel leads to %q", said.Server)
	}
	p.set("HTTPS_PROXY", said.ProxyURL)
	if out := p.kubectl("--kubeconfig", config+"/config", "get", "ns", "-o", "name"); !strings.Contains(out, "kube-system") {
		t.Errorf("kubectl get ns printed %q", out)
	}
	proxy, err := url.Parse(said.ProxyURL)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(proxy)}, Timeout: patience.Limit}
	for _, elsewhere := range []string{"https://10.0.0.1:22/", "https://127.0.0.1:22/"} {
		if resp, err := client.Get(elsewhere); err == nil || !strings.Contains(err.Error(), "leads to "+bastion.API+" only") {
			if err == nil {
				resp.Body.Close()
			}
			t.Errorf("the tunnel leads to %s: %v", elsewhere, err)
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("after Ctrl-C: %v", err)
	}
	p.until("nothing of the tunnel runs after Ctrl-C", func() bool { return len(p.processes()) == 0 })
}
