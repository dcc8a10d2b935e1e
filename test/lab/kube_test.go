package lab_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
	"github.com/catalyst-cloud/kubectl-catalyst/test/patience"
)

// login is a kubeconfig for one cluster, as plain as it can be.
type login struct {
	server       string
	ca           []byte
	token        string
	certificate  []byte
	privateKey   []byte
	kubectl, dir string
}

func newLogin(t *testing.T, ctx context.Context, bed *lab.Lab, cluster string) login {
	t.Helper()
	url, err := bed.KubeFor(ctx, cluster)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := bed.CA(ctx, cluster)
	if err != nil {
		t.Fatal(err)
	}
	return login{server: url, ca: ca, kubectl: bed.Kubectl(), dir: t.TempDir()}
}

func (l login) withToken(token string) login { l.token = token; return l }

// withCertificate has the cluster's CA sign a certificate for an administrator.
func (l login) withCertificate(t *testing.T, ctx context.Context, bed *lab.Lab, cluster string) login {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	request, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: "alice", Organization: []string{"system:masters"}},
	}, key)
	if err != nil {
		t.Fatal(err)
	}
	l.certificate, err = bed.Sign(ctx, cluster, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: request}))
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	l.privateKey = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	return l
}

// run runs the real kubectl and returns both output streams.
func (l login) run(t *testing.T, ctx context.Context, args ...string) (string, error) {
	t.Helper()
	user := map[string]any{}
	if l.token != "" {
		user["token"] = l.token
	} else {
		user["client-certificate-data"], user["client-key-data"] = l.certificate, l.privateKey
	}
	named := func(kind string, what any) []any { return []any{map[string]any{"name": "it", kind: what}} }
	data, err := json.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "Config", "current-context": "it",
		"clusters": named("cluster", map[string]any{"server": l.server, "certificate-authority-data": l.ca}),
		"users":    named("user", user),
		"contexts": named("context", map[string]any{"cluster": "it", "user": "it"}),
	})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(l.dir, "kubeconfig")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return kubectl(ctx, l.kubectl, file, args...)
}

func kubectl(ctx context.Context, program, kubeconfig string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = []string{"KUBECONFIG=" + kubeconfig, "HOME=" + filepath.Dir(kubeconfig)}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// mustList asks for the namespaces, the proof that a login works.
func (l login) mustList(t *testing.T, ctx context.Context) {
	t.Helper()
	out, err := l.run(t, ctx, "get", "namespaces", "-o", "name")
	if err != nil {
		t.Fatalf("kubectl get namespaces: %v\n%s", err, out)
	}
	if !strings.Contains(out, "namespace/kube-system\n") {
		t.Errorf("kube-system is missing from:\n%s", out)
	}
}

func runsPods(t *testing.T, ctx context.Context, bed *lab.Lab) {
	admin, err := bed.AdminKubeconfig(ctx, "prod")
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"create", "deployment", "web", "--image=web", "--replicas=3"},
		{"rollout", "status", "deployment/web", "--timeout=" + patience.Limit.String()},
	} {
		if out, err := kubectl(ctx, bed.Kubectl(), admin, args...); err != nil {
			t.Fatalf("kubectl %q: %v\n%s", args, err, out)
		}
	}
	out, err := kubectl(ctx, bed.Kubectl(), admin, "get", "pods", "-l", "app=web", "-o", "jsonpath={.items[*].status.podIP}")
	if err != nil {
		t.Fatalf("kubectl get pods: %v\n%s", err, out)
	}
	if ips := strings.Fields(out); len(ips) != 3 || !strings.HasPrefix(ips[0], "10.64.") {
		t.Errorf("the pods' addresses are %q", ips)
	}
}
