package cloud_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

func TestProxy(t *testing.T) {
	t.Parallel()
	k := newKeystone(t) // a proxy gets whole URLs, of which this server looks at the path
	here, err := url.Parse(k.URL)
	if err != nil {
		t.Fatal(err)
	}
	o := k.options(t, k.openrc("OS_AUTH_URL", "http://keystone.invalid/v3"))
	o.Proxy = http.ProxyURL(here)
	if s := signIn(t, o); s.User().Name != "alice" {
		t.Errorf("signed in as %+v", s.User())
	}
}

func TestClientCertificate(t *testing.T) {
	t.Parallel()
	k := newKeystone(t, func(k *keystone) { k.tls = true })
	k.TLS.ClientAuth = tls.RequireAnyClientCert
	cert, key := selfSigned(t)
	both := filepath.Join(t.TempDir(), "both.pem")
	var text []byte
	for _, file := range []string{cert, key} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, data...)
	}
	if err := os.WriteFile(both, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, env := range []map[string]string{
		k.openrc("OS_INSECURE", "1", "OS_CERT", cert, "OS_KEY", key),
		k.openrc("OS_INSECURE", "1", "OS_CERT", both),
	} {
		signIn(t, k.options(t, env))
	}
	if _, err := trySignIn(t, k.options(t, k.openrc("OS_INSECURE", "1"))); err == nil {
		t.Error("no error without a client certificate")
	}
	for _, name := range []string{"OS_CERT", "OS_CACERT"} {
		for _, file := range []string{filepath.Join(t.TempDir(), "gone.pem"), key} {
			_, err := trySignIn(t, k.options(t, k.openrc(name, file)))
			if err == nil || !strings.Contains(err.Error(), filepath.Base(file)) || clierr.Hint(err) == "" {
				t.Errorf("%s=%s: %v (%s)", name, file, err, clierr.Hint(err))
			}
		}
	}
}

// selfSigned writes a certificate and its key and returns their paths.
func selfSigned(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}
