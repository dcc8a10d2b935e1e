package hostile

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// The catalog of a Keystone with TLS names a Magnum without it.
func TestCatalogThatLeavesTLS(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	keystone, err := url.Parse(strings.TrimSuffix(cloud.KeystoneURL, "/v3"))
	must(t, err)
	front := httptest.NewTLSServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(keystone) }})
	t.Cleanup(front.Close)
	alice := newVictim(t, cloud, "alice")
	ca := alice.write("ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw}))
	alice.vars["OS_AUTH_URL"], alice.vars["OS_CACERT"], alice.vars["OS_CLOUD"] = front.URL+"/v3", ca, "alice"
	for _, command := range [][]string{{"login", "prod"}, {"cluster", "list"}} {
		alice.catalyst(command...).wantRefused(t, 1, "is http while Keystone is https", "OS_CONTAINER_INFRA_ENDPOINT_OVERRIDE")
	}
	if n := cloud.Count(sandbox.Magnum, "GET", ""); n != 0 {
		t.Errorf("Magnum was asked %d times", n)
	}
	alice.vars["OS_CONTAINER_INFRA_ENDPOINT_OVERRIDE"] = cloud.MagnumURL
	alice.mustCatalyst("cluster", "list")
}

// Secrets that go over the network unencrypted are warned about once.
func TestPlainKeystoneIsWarnedAbout(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	keystone, err := url.Parse(cloud.KeystoneURL)
	must(t, err)
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		if r.In.URL.Hostname() == "keystone.invalid" {
			r.SetURL(&url.URL{Scheme: "http", Host: keystone.Host})
		}
	}, ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }})
	t.Cleanup(proxy.Close)
	alice := newVictim(t, cloud, "alice")
	alice.vars["OS_CLOUD"], alice.vars["OS_AUTH_URL"], alice.vars["http_proxy"] = "alice", "http://keystone.invalid/v3", proxy.URL
	r := alice.mustCatalyst("cluster", "list")
	if n := strings.Count(r.stderr, "keystone.invalid is http: anyone on the way can read"); n != 1 {
		t.Errorf("%d warnings, want one: %s", n, r)
	}
	delete(alice.vars, "OS_AUTH_URL")
	if r := alice.mustCatalyst("cluster", "list"); r.stderr != "" {
		t.Errorf("on this machine: %s", r)
	}
}
