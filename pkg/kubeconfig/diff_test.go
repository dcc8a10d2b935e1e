package kubeconfig_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
)

const secretFile = `apiVersion: v1
x-anchored: &t hush-anchor
users:
- name: a
  user:
    token: hush-token
    password: 'hush-password'
    client-key-data: aHVzaA==
    client-certificate-data: |
      aHVzaC1jZXJ0
    auth-provider:
      name: oidc
      config: {id-token: hush-id, idp-issuer-url: hush-url}
- name: b
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: login
      args: [--oidc-client-secret=hush-flag, --password, hush-next, --user, kim]
      env:
      - name: KEY
        value: hush-env
clusters:
- name: a
  cluster: {server: "https://a", proxy-url: "http://kim:hush-proxy@proxy"}
`

func TestDiffMasksSecrets(t *testing.T) {
	with := entry("prod", "u-1")
	with.Exec, with.Token, with.ClientKey, with.ClientCert = nil, "hush-new", []byte("hush-key"), []byte("hush-crt")
	out, _ := merge(t, []byte(secretFile), "prod", with)
	added := kubeconfig.Diff("config", nil, []byte(secretFile))
	for _, d := range []string{added, kubeconfig.Diff("config", []byte(secretFile), out), kubeconfig.Diff("config", out, nil)} {
		if strings.Contains(d, "hush") || strings.Contains(d, "aHVz") {
			t.Errorf("a secret shows:\n%s", d)
		}
		if !strings.Contains(d, "(masked") {
			t.Errorf("nothing is masked:\n%s", d)
		}
	}
	if !strings.Contains(added, "kim") || !strings.Contains(added, "https://a") {
		t.Errorf("too much is masked:\n%s", added)
	}
}

// TestDiffShowsThatASecretChanged, without the secret.
func TestDiffShowsThatASecretChanged(t *testing.T) {
	a, b := entry("prod", "u-1"), entry("prod", "u-1")
	a.Exec, a.Token = nil, "hush-one"
	b.Exec, b.Token = nil, "hush-two"
	one, _ := merge(t, nil, "", a)
	two, _ := merge(t, one, "", b)
	d := kubeconfig.Diff("config", one, two)
	if !strings.Contains(d, "-    token: (masked, old)\n+    token: (masked, new)\n") || strings.Contains(d, "hush") {
		t.Errorf("got:\n%s", d)
	}
	if d := kubeconfig.Diff("config", one, one); d != "" {
		t.Errorf("two equal files differ:\n%s", d)
	}
	if d := kubeconfig.Diff("config", []byte("token: hush\n\tbad"), one); strings.Contains(d, "hush") {
		t.Errorf("a file that does not parse shows a secret:\n%s", d)
	}
}

var hunk = regexp.MustCompile(`(?m)^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@`)

func TestDiffIsUnified(t *testing.T) {
	out, _ := merge(t, crowd(300), "prod", entry("prod", "u-1"))
	d := kubeconfig.Diff("/home/kim/.kube/config", crowd(300), out)
	if !strings.HasPrefix(d, "--- /home/kim/.kube/config\n+++ /home/kim/.kube/config\n@@ ") || len(hunk.FindAllString(d, -1)) != 3 {
		t.Errorf("got:\n%s", d)
	}
}

func TestRead(t *testing.T) {
	e := entry("prod", "u-1")
	e.Namespace, e.ProxyURL, e.TLSServerName = "shop", "socks5://localhost:1", "kubernetes"
	e.Exec.Env = []kubeconfig.EnvVar{{Name: "A", Value: "b"}}
	shared, _ := merge(t, nil, "prod", e)
	entries, current, err := kubeconfig.Read(shared)
	if err != nil || current != "prod" || len(entries) != 1 {
		t.Fatalf("%+v, %q, %v", entries, current, err)
	}
	again, _ := merge(t, nil, "prod", entries...)
	if string(again) != string(shared) {
		t.Errorf("read and written again:\n%s", kubeconfig.Diff("config", shared, again))
	}
}

// A file may not choose among the contexts that its reader has already.
func TestReadTakesACurrentContextOfTheFileOnly(t *testing.T) {
	text := "contexts:\n- name: a\n  context: {cluster: a, user: a}\nclusters:\n- name: a\n  cluster: {server: s}\nusers:\n- name: a\n  user: {token: t}\ncurrent-context: "
	for current, want := range map[string]string{"a": "a", "production": ""} {
		if _, got, err := kubeconfig.Read([]byte(text + current)); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", current, got, err, want)
		}
	}
}

func TestReadRefusesWhatDoesNotTravel(t *testing.T) {
	file := "contexts:\n- name: a\n  context: {cluster: a, user: a}\nclusters:\n- name: a\n  cluster: {%s}\nusers:\n- name: a\n  user: {%s}\n"
	for want, c := range map[string][2]string{
		"certificate-authority": {"server: b, certificate-authority: /ca.pem", ""},
		"client-certificate":    {"server: b", "client-certificate: c.pem"},
		"tokenFile":             {"server: b", "tokenFile: t"},
		"auth-provider":         {"server: b", "auth-provider: {name: gcp}"},
		"impersonation":         {"server: b", "as: root"},
		"insecure-skip-tls":     {"server: b, insecure-skip-tls-verify: true", "token: t"},
		"exactly one":           {"server: b", ""}, // kubectl would ask for a password
		"not exactly one":       {"server: b", "username: kim"},
		"has not exactly":       {"server: b", "client-certificate-data: YQ=="},
		"exactly one cred":      {"server: b", "token: t, exec: {apiVersion: client.authentication.k8s.io/v1, command: c, interactiveMode: Never}"},
		"client-key, a path":    {"server: b", "client-key-data: YQ==, client-certificate-data: YQ==, client-key: k.pem"},
		"tokenFile, a path":     {"server: b", "token: t, tokenFile: /etc/t"},
	} {
		_, _, err := kubeconfig.Read(fmt.Appendf(nil, file, c[0], c[1]))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", want, err)
		}
	}
	for _, text := range []string{"", "contexts:\n- name: a\n  context: {cluster: gone, user: a}\n"} {
		if _, _, err := kubeconfig.Read([]byte(text)); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}
