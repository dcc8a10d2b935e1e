package hostile

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// What Magnum names as the address of an API server goes into the kubeconfig
// only where it is one.
func TestAPIAddressThatIsNone(t *testing.T) {
	t.Parallel()
	var address atomic.Value
	address.Store("")
	cloud := startCloud(t, sandbox.Options{Intercept: func(service string, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer := httptest.NewRecorder()
			next.ServeHTTP(answer, r)
			body := answer.Body.Bytes()
			if service == sandbox.Magnum && strings.HasPrefix(r.URL.Path, "/v1/clusters/") {
				quoted, _ := json.Marshal(address.Load())
				body = regexp.MustCompile(`"api_address": ?"[^"]*"`).ReplaceAllLiteral(body, append([]byte(`"api_address":`), quoted...))
			}
			for key, values := range answer.Header() {
				if key != "Content-Length" {
					w.Header()[key] = values
				}
			}
			w.WriteHeader(answer.Code)
			_, _ = bytes.NewReader(body).WriteTo(w)
		})
	}})
	alice := newVictim(t, cloud, "alice")
	for _, evil := range []string{
		"https://h:999999", "https://h:0", "https://h:", `https://h":6443`, "https://h'x:6443", "https://" + strings.Repeat("a", 100_000) + ":6443",
		"https://a\u202ezn.elpmaxe:6443", "https://h/a path", "https://h/path", "https://h:6443?x", "https://h:6443#x", "http://h:6443",
		"https://me:pw@h:6443", "https://-h:6443", "https://10.0.0.999:6443", "file:///etc/passwd", "https://h\n:6443",
	} {
		address.Store(evil)
		r := alice.catalyst("login", "prod", "--no-check")
		r.wantRefused(t, 1, `cluster "prod" has an API address`)
		if strings.ContainsAny(r.stderr, "\u202e\u009b\x1b") || len(r.stderr) > 2000 {
			t.Errorf("%.50q: the error shows it raw: %.500q", evil, r.stderr)
		}
		if _, err := os.Stat(alice.kubeconfig); err == nil {
			t.Errorf("%.50q: a kubeconfig was written", evil)
		}
	}
	address.Store("https://api.example.nz:6443")
	alice.mustCatalyst("login", "prod", "--no-check")
}
