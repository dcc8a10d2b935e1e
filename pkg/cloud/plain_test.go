package cloud_test

import (
	"encoding/pem"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
)

// The catalog of a Keystone with TLS names a service without: the token would
// leave the encryption that the user chose.
func TestServiceWithoutTLSBesideKeystoneWithIt(t *testing.T) {
	t.Parallel()
	k := newKeystone(t, func(k *keystone) { k.tls = true })
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := signIn(t, k.options(t, k.openrc("OS_CACERT", ca, "OS_REGION_NAME", "RegionTwo"))).Service("container-infra")
	if err == nil || !strings.Contains(err.Error(), "127.0.0.1:9 is http while Keystone is https") ||
		!strings.Contains(clierr.Hint(err), "OS_CONTAINER_INFRA_ENDPOINT_OVERRIDE") {
		t.Errorf("error = %v (%s)", err, clierr.Hint(err))
	}
	if _, err := signIn(t, k.options(t, k.openrc("OS_CACERT", ca))).Service("container-infra"); err != nil {
		t.Errorf("a service with TLS: %v", err)
	}
	var warnings []string
	o := k.options(t, k.openrc("OS_CACERT", ca, "OS_CONTAINER_INFRA_ENDPOINT_OVERRIDE", "http://magnum.example.com/v1"))
	o.Warn = func(m string) { warnings = append(warnings, m) }
	s := signIn(t, o)
	for range 2 {
		if _, err := s.Service("container-infra"); err != nil {
			t.Errorf("an address that the user gave: %v", err)
		}
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0], "magnum.example.com is http") {
		t.Errorf("warnings = %q, want one", warnings)
	}
}

func TestPlainKeystoneIsWarnedAboutOnce(t *testing.T) {
	t.Parallel()
	k := newKeystone(t)
	proxy, err := url.Parse(k.URL)
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]int{"http://keystone.example.com:5000/v3": 1, "http://localhost:5000/v3": 0, "http://[::1]:5000/v3": 0, k.URL + "/v3": 0} {
		var warnings []string
		o := k.options(t, k.openrc("OS_AUTH_URL", address))
		o.Warn = func(m string) { warnings = append(warnings, m) }
		o.Proxy = func(*http.Request) (*url.URL, error) { return proxy, nil }
		c, err := cloud.Resolve(o)
		if err != nil {
			t.Fatal(err)
		}
		s, err := c.Session(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(warnings) != want || want > 0 && !strings.Contains(warnings[0], "anyone on the way can read the password and the token") {
			t.Errorf("%s: warnings = %q, want %d", address, warnings, want)
		}
	}
}
