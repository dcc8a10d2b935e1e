package windows

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

func TestVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, program := range []string{"kubectl-catalyst", "openstack-coe-helper"} {
		contains(t, w.must(0, program, "version").out, "windows/amd64")
	}
}

// cloudFor gives the world an account at a cloud on this machine.
func cloudFor(w *world) *sandbox.Sandbox {
	w.t.Helper()
	cloud, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = cloud.Close() })
	w.write("home/AppData/Roaming/openstack/clouds.yaml", string(cloud.CloudsYAML("alice")))
	w.env["OS_CLOUD"] = "alice"
	return cloud
}

// TestCredential: a login over the network, then what kubectl gets from the cache
// without asking the cloud, and a file to share without a secret.
func TestCredential(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cloud := cloudFor(w)
	w.write("home/.kube/config", original)
	r := w.catalyst("login", "prod")
	contains(t, r.out, "prod", "keystone")
	text := w.read("home/.kube/config")
	contains(t, text, "command: kubectl-catalyst\r\n", "- credential\r\n")

	words := execArguments(t, text)
	w.env["KUBERNETES_EXEC_INFO"] = execInfo(t, w.file("home/.kube/config"))
	w.catalyst(words...)
	cloud.Forget()
	first := w.catalyst(words...)
	contains(t, first.out, `"kind":"ExecCredential"`, `"token":"`)
	if n := len(cloud.Requests()); n > 0 {
		t.Errorf("a warm cache asked the cloud %d times", n)
	}
	delete(w.env, "KUBERNETES_EXEC_INFO")

	w.catalyst("login", "prod", "--no-check", "--output-kubeconfig", w.path("share.yaml"))
	if share := w.read("share.yaml"); strings.Contains(share, "token") || !strings.Contains(share, "credential") {
		t.Errorf("the file to share holds\n%s", share)
	}
	w.catalyst("logout", "prod")
	if got := w.read("home/.kube/config"); got != original {
		t.Errorf("after logout %q", got)
	}
}

// execInfo returns what kubectl tells the plugin about the cluster.
func execInfo(t *testing.T, kubeconfig string) string {
	t.Helper()
	config, err := clientcmd.LoadFromFile(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	cluster := config.Clusters[config.Contexts[config.CurrentContext].Cluster]
	info, err := json.Marshal(map[string]any{
		"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
		"spec": map[string]any{"cluster": map[string]any{
			"server": cluster.Server, "certificate-authority-data": cluster.CertificateAuthorityData,
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(info)
}

// execArguments returns what kubectl calls the plugin with.
func execArguments(t *testing.T, kubeconfig string) (words []string) {
	t.Helper()
	_, after, found := strings.Cut(unix(kubeconfig), "args:\n")
	for line := range strings.Lines(after) {
		word, item := strings.CutPrefix(strings.TrimSpace(line), "- ")
		if !item {
			break
		}
		words = append(words, strings.Trim(word, `"'`))
	}
	if !found || len(words) < 2 || words[0] != "credential" {
		t.Fatalf("no arguments of the plugin in\n%s", kubeconfig)
	}
	return words
}

// TestCacheIsInTheProfile: wine has the mode of Linux for an access list, which Windows'
// programs cannot close. What counts there, and here, is where the files are: in
// the profile of the user.
func TestCacheIsInTheProfile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cloudFor(w)
	w.catalyst("login", "prod", "--no-check")
	entries, err := os.ReadDir(w.file("home/AppData/Local/kubectl-catalyst"))
	if err != nil || len(entries) == 0 {
		t.Errorf("the cache holds %v: %v", entries, err)
	}
	for _, e := range entries {
		if strings.Contains(e.Name(), "kubectl-catalyst-") {
			t.Errorf("%s is left", e.Name())
		}
	}
}

const manifests = `apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
status: {podIP: 10.0.0.1}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
status: {podIP: 10.0.0.2}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: web}}}]
    ports: [{port: 5432}]
`

// TestNetworkPolicy reads manifests with Windows' ends of lines from folders with
// backslashes.
func TestNetworkPolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write("now/all.yaml", strings.ReplaceAll(manifests, "\n", "\r\n"))
	w.write("then/all.yaml", strings.ReplaceAll(strings.ReplaceAll(manifests, "5432", "3306"), "\n", "\r\n"))
	w.catalyst("network-policy", "check", "-f", w.path("now"))
	contains(t, w.catalyst("network-policy", "map", "-f", w.path("now")).out, "web", "db", "5432")
	contains(t, w.catalyst("network-policy", "explain", "shop/web", "shop/db", "--port", "5432", "-f", w.path("now/all.yaml")).out, "allowed")
	diff := w.must(3, "kubectl-catalyst", "network-policy", "diff", w.path("now"), w.path("then"))
	contains(t, diff.out, "5432", "3306")
}

// TestCheck: the helper finds what pip installed for a Python of Windows.
func TestCheck(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write("venv/pyvenv.cfg", "home = C:\\Python311\r\nversion = 3.11.7\r\n")
	w.write("venv/Scripts/python.exe", "MZ")
	w.write("venv/Scripts/openstack-script.py", "#!"+w.path("venv/Scripts/python.exe")+"\r\n")
	w.write("venv/Scripts/openstack.exe", "MZ"+strings.Repeat("\x00", 100)+"#!"+w.path("venv/Scripts/python.exe")+"\r\n")
	w.write("venv/Lib/site-packages/python_magnumclient-4.0.0.dist-info/METADATA", "Metadata-Version: 2.1\r\nName: python-magnumclient\r\nVersion: 4.0.0\r\n")
	w.env["PATH"] = w.path("venv/Scripts") + ";" + w.env["PATH"]
	r, err := w.run("openstack-coe-helper", "check")
	if err != nil {
		t.Fatal(err)
	}
	contains(t, r.out, "met: python-magnumclient 4.0.0", `venv\Lib\site-packages`, `-m pip install --upgrade python-magnumclient`)
}

// TestCompletion: kubectl on Windows finds the program of a completion by its
// ending .cmd; PowerShell itself wine does not have.
func TestCompletion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mkdir("hooks")
	w.env["PATH"] = w.path("hooks") + ";" + w.env["PATH"]
	w.catalyst("completion", "install", "--dir", w.path("hooks"))
	w.holds("hooks", "kubectl_complete-catalyst.cmd")
	contains(t, w.read("hooks/kubectl_complete-catalyst.cmd"), "@kubectl-catalyst __complete %*", "\r\n")
	contains(t, w.catalyst("completion", "powershell").out, "Register-ArgumentCompleter")
}
