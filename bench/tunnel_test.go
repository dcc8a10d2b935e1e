//go:build linux

package bench

import (
	"encoding/json"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/bastion"
)

// BenchmarkTunnel measures what a kubectl pays for a cluster behind a bastion: while
// the tunnel is up, and when it has to come up first.
func BenchmarkTunnel(b *testing.B) {
	bastion.Require(b)
	l := bed(b, costs[0])
	server, err := url.Parse(l.KubeAPI)
	if err != nil {
		b.Fatal(err)
	}
	host, err := bastion.Start(b.Context(), b.TempDir(), server.Host)
	if err != nil {
		b.Fatal(err)
	}
	defer host.Close()
	bin := b.TempDir()
	env := append(home(b, l), "PATH="+bin)
	if err := host.InstallSSH(bin); err != nil {
		b.Fatal(err)
	}
	configure(b, env, host)
	path := program(b, "kubectl-catalyst")
	measure(b, command(b.Context(), path, env, "login", "prod", "--auth", "certificate", "--server", "https://"+bastion.API, "--bastion", "bastion", "--bastion-idle", "2s"))
	defer measure(b, command(b.Context(), path, env, "logout", "prod"))
	args := execArgs(b, env)
	info, port := execInfo(b, l.Kubectl(), env)
	env = append(env, "KUBERNETES_EXEC_INFO="+info)
	for b.Loop() {
		var up, warm []usage
		for range runs {
			for listening(port) {
				time.Sleep(50 * time.Millisecond) // until it ends by itself
			}
			up = append(up, measure(b, command(b.Context(), path, env, args...)))
			for range 20 {
				warm = append(warm, measure(b, command(b.Context(), path, env, args...)))
			}
		}
		b.ReportMetric(median(warm, wall)/1e6, "ms/credential")
		b.ReportMetric(median(up, wall)/1e6, "ms/up")
	}
}

// configure writes the ssh_config of the person in env.
func configure(b *testing.B, env []string, host *bastion.Host) {
	b.Helper()
	for _, v := range env {
		if dir, ok := strings.CutPrefix(v, "HOME="); ok {
			dir = filepath.Join(dir, ".ssh")
			if err := os.Mkdir(dir, 0o700); err != nil {
				b.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "config"), []byte(host.Config("id", "")), 0o600); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// execInfo is what kubectl tells the plugin, and where the tunnel listens.
func execInfo(b *testing.B, kubectl string, env []string) (info, addr string) {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), kubectl, "config", "view", "--minify", "--raw", "-o", "json")
	cmd.Env = env
	out, err := cmd.Output()
	if err != nil {
		b.Fatal(err)
	}
	var config struct {
		Clusters []struct {
			Cluster map[string]any `json:"cluster"`
		} `json:"clusters"`
	}
	if err := json.Unmarshal(out, &config); err != nil || len(config.Clusters) != 1 {
		b.Fatalf("%v: %s", err, out)
	}
	c := config.Clusters[0].Cluster
	delete(c, "extensions")
	text, err := json.Marshal(map[string]any{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
		"spec": map[string]any{"interactive": false, "cluster": c}})
	if err != nil {
		b.Fatal(err)
	}
	proxy, _ := c["proxy-url"].(string)
	return string(text), strings.TrimPrefix(proxy, "http://")
}

func listening(addr string) bool {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}
