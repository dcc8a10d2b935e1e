package support_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/support"
)

func TestNetworkTroubles(t *testing.T) {
	t.Parallel()
	_, otherCA := apiServer(t)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	good, ca := apiServer(t)
	for name, c := range map[string]struct {
		address            string
		ca                 []byte
		field, want, other string
	}{
		"wrong authority": {good, otherOf(t), "tls", "certificate", ""},
		"no authority":    {good, nil, "tls", "not verified", "could not be had"},
		"wrong name":      {strings.Replace(good, "127.0.0.1", "localhost", 1), ca, "tls", "localhost", ""},
		"nobody listens":  {"https://" + closed.Addr().String(), otherCA, "connect", "refused", ""},
		"no such name":    {"https://api.invalid:6443", otherCA, "lookup", "api.invalid", ""},
		"not TLS":         {strings.Replace(plain.URL, "http:", "https:", 1), otherCA, "tls", "tls:", ""},
		"TLS off":         {plain.URL, otherCA, "tls", "not https", ""},
		"no URL":          {"::", otherCA, "lookup", "not a URL", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := whole(t)
			f.cluster["api_address"], f.ca = c.address, c.ca
			b, err := support.Collect(t.Context(), options(f))
			if err != nil {
				t.Fatal(err)
			}
			network := decoded(t, b)["network"].(map[string]any)
			if got, _ := network[c.field].(string); !strings.Contains(got, c.want) {
				t.Errorf("%s: %q, want it to say %q", c.field, got, c.want)
			}
			if got, _ := network["ca"].(string); !strings.Contains(got, c.other) {
				t.Errorf("ca: %q", got)
			}
		})
	}
}

// otherOf is an authority that has nothing to do with httptest's.
func otherOf(t *testing.T) []byte {
	t.Helper()
	cert, _ := selfSigned(t)
	return cert
}
