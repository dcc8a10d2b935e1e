package hostile

import (
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// drip sends a byte now and then until the client has had enough.
func drip(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for r.Context().Err() == nil {
		if _, err := io.WriteString(w, " "); err != nil {
			return
		}
		_ = http.NewResponseController(w).Flush()
		<-tick.C
	}
}

// TestSlowServices has Keystone, Magnum and an API server hang and drip: with
// --request-timeout each command ends and says why.
func TestSlowServices(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"hangs": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"drips": drip,
	} {
		for _, at := range targets {
			t.Run(at.name+" "+name, func(t *testing.T) {
				t.Parallel()
				cloud := startCloud(t, sandbox.Options{Intercept: func(service string, next http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						if service == at.service && r.Method == at.method && strings.HasPrefix(r.URL.Path, at.path) {
							_, _ = io.Copy(io.Discard, r.Body) // the server notices who hangs up
							answer(w, r)
							return
						}
						next.ServeHTTP(w, r)
					})
				}})
				alice := newVictim(t, cloud, "alice")
				r := alice.catalyst(append(at.command, "--request-timeout=3s")...)
				r.wantRefused(t, 1, "the answer was not complete within 3s (--request-timeout)")
				r.wantCleanError(t)
			})
		}
	}
}

// TestPasswordOfAProxyIsNotShown has the kubeconfig name proxies whose addresses
// cannot be used, with a password in each.
func TestPasswordOfAProxyIsNotShown(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	for _, proxy := range []string{"http://user:s3cretpw@127.0.0.1:99x99", "ftp://user:s3cretpw@127.0.0.1:1", "http://user:s3cretpw@[::1"} {
		t.Run(proxy, func(t *testing.T) {
			t.Parallel()
			alice := newVictim(t, cloud, "alice")
			alice.mustCatalyst("login", "prod")
			text, err := os.ReadFile(alice.kubeconfig)
			must(t, err)
			before, after, _ := strings.Cut(string(text), "    server: ")
			alice.write("home/.kube/config", []byte(before+"    proxy-url: "+proxy+"\n    server: "+after))
			for _, command := range [][]string{{"network-policy", "check"}, {"network-policy", "probe", "--canary"}, {"doctor", "prod"},
				{"doctor", "prod", "-o", "json"}, {"login", "prod"}, {"tunnel", "prod"}} {
				r := alice.catalyst(append(command, "-v", "9")...)
				if strings.Contains(r.stdout+r.stderr, "s3cretpw") {
					t.Errorf("%q shows the password of the proxy: %s", command, r)
				}
			}
			alice.catalyst("network-policy", "check").wantRefused(t, 1, "the address of the proxy cannot be read")
		})
	}
}
