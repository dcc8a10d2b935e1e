package catalyst

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver/address"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/login"
	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// FuzzSharedFile: whatever is in a shared file, nothing of it runs, and either
// nothing is written or entries of our own are, and the user's others stay.
func FuzzSharedFile(f *testing.F) {
	cloud, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = cloud.Close() })
	var good []string
	for _, args := range [][]string{
		{"--auth", "keystone"}, {"--auth", "certificate"}, {"--auth", "keystone", "--embed"}, {"--auth", "certificate", "--embed"},
		{"--auth", "keystone", "--bastion", "me@host:22", "--no-check"}, {"--auth", "keystone", "--proxy-url", "socks5://127.0.0.1:1", "--no-check"},
	} {
		good = append(good, sharedBy(f, cloud, args...))
	}
	for _, file := range good {
		f.Add([]byte(file))
		for _, change := range [][2]string{
			{"command: kubectl-catalyst", "command: sh"}, {"- credential", "- cluster\n      - delete"}, {"- --auth=keystone", "- --kubeconfig=/etc/passwd"},
			{"command: kubectl-catalyst", "env: [{name: PATH, value: /tmp}]\n      command: kubectl-catalyst"},
			{"provideClusterInfo: true", "provideClusterInfo: false"}, {"    server: https", "    proxy-url: http://a:b@c\n    server: http"},
			{"    server:", "    insecure-skip-tls-verify: true\n    server:"}, {"  user:\n", "  user:\n    tokenFile: /etc/passwd\n"},
			{"  user:\n", "  user:\n    as: root\n"}, {"current-context: prod", "current-context: mine"}, {"name: prod", "name: mine"},
			{"apiVersion: v1\n", "{apiVersion: v1, x: &a [], y: *a}\n"}, {"prod", "pr\u202eod"},
		} {
			f.Add([]byte(strings.Replace(file, change[0], change[1], 1)))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) { importHostile(t, data) })
}

// ownConfig is a kubeconfig that the person has already.
const ownConfig = `apiVersion: v1
kind: Config
clusters:
- {name: mine, cluster: {server: "https://mine.example.nz"}}
users:
- {name: mine, user: {token: mine}}
contexts:
- {name: mine, context: {cluster: mine, user: mine}}
current-context: mine
`

// importHostile logs in from a file and looks at what that left.
func importHostile(t *testing.T, data []byte) {
	dir := t.TempDir()
	path := filepath.Join(dir, "config")
	if err := os.WriteFile(path, []byte(ownConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	env := fuzzEnv(dir, bytes.NewReader(data), io.Discard, &stderr)
	code := Run(t.Context(), []string{"login", "--from-file", "-"}, env)
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if code != 0 {
		if string(got) != ownConfig {
			t.Fatalf("exit code %d, and written was\n%s", code, got)
		}
		if !strings.Contains(stderr.String(), "error: ") {
			t.Fatalf("exit code %d without an error: %q", code, stderr.String())
		}
		return
	}
	if strings.ContainsAny(stderr.String(), "\x1b\u009b\u202e") {
		t.Errorf("shown raw: %q", stderr.String())
	}
	after, err := clientcmd.Load(got)
	if err != nil {
		t.Fatalf("what was written does not load: %v", err)
	}
	checkOwnEntries(t, after)
	for name, c := range after.Clusters {
		if name != "mine" {
			checkCluster(t, c)
		}
	}
	for name, u := range after.AuthInfos {
		if name != "mine" {
			checkUser(t, u)
		}
	}
}

func checkOwnEntries(t *testing.T, after *api.Config) {
	c, u, x := after.Clusters["mine"], after.AuthInfos["mine"], after.Contexts["mine"]
	if c == nil || c.Server != "https://mine.example.nz" || u == nil || u.Token != "mine" || u.Exec != nil || x == nil || x.Cluster != "mine" || x.AuthInfo != "mine" {
		t.Errorf("the person's own entries were changed: %v %v", c, x)
	}
	if cur := after.Contexts[after.CurrentContext]; cur == nil {
		t.Errorf("the current context %q does not exist", after.CurrentContext)
	}
}

// checkCluster holds the cluster to what a login of ours may say.
func checkCluster(t *testing.T, c *api.Cluster) {
	if _, err := address.Parse(c.Server); err != nil {
		t.Errorf("server %q: %v", c.Server, err)
	}
	if c.InsecureSkipTLSVerify || c.CertificateAuthority != "" || strings.Contains(c.ProxyURL, "@") {
		t.Errorf("the cluster says %v", c)
	}
}

// checkUser holds the user to what a login of ours may say.
func checkUser(t *testing.T, u *api.AuthInfo) {
	if u.TokenFile+u.ClientCertificate+u.ClientKey+u.Impersonate != "" || u.AuthProvider != nil || len(u.ImpersonateGroups) > 0 {
		t.Error("the user says more than a login of ours")
	}
	x := u.Exec
	if x == nil {
		if u.Token == "" && len(u.ClientKeyData) == 0 && u.Password == "" {
			t.Error("kubectl would ask for a password")
		}
		return
	}
	var a login.ExecArgs
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	a.Bind(fs)
	fs.StringVar(&a.Region, "os-region-name", "", "")
	if len(x.Args) == 0 || fs.Parse(x.Args[1:]) != nil || fs.NArg() > 0 {
		t.Fatalf("the exec entry has arguments that are not ours: %q", x.Args)
	}
	want := a.Exec()
	if x.Command != want.Command || len(x.Env) > 0 || !x.ProvideClusterInfo || x.InstallHint != want.InstallHint {
		t.Fatalf("the exec entry is not ours: %v %q", x.Command, x.Args)
	}
	if !slices.Equal(want.Args, x.Args) {
		t.Errorf("arguments %q, want %q", x.Args, want.Args)
	}
}

// sharedBy makes a file as alice does.
func sharedBy(t testing.TB, cloud *sandbox.Sandbox, args ...string) string {
	t.Helper()
	var out, stderr bytes.Buffer
	env := fuzzEnv(t.TempDir(), strings.NewReader(""), &out, &stderr)
	vars, dir := cloud.Env("alice"), env.Getenv
	env.Getenv = func(name string) string { return vars[name] + dir(name) }
	if code := Run(context.Background(), append([]string{"login", "prod", "--output-kubeconfig", "-"}, args...), env); code != 0 {
		t.Fatalf("%q: %s", args, stderr.String())
	}
	return out.String()
}

func fuzzEnv(dir string, in io.Reader, out, stderr io.Writer) cli.Env {
	vars := map[string]string{"HOME": dir, "XDG_CACHE_HOME": filepath.Join(dir, "cache"), "LocalAppData": dir, "KUBECONFIG": filepath.Join(dir, "config")}
	return cli.Env{IOStreams: genericiooptions.IOStreams{In: in, Out: out, ErrOut: stderr}, Now: time.Now,
		Getenv: func(name string) string { return vars[name] }}
}
