package hostile

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// bearer is the token that the victim of a hostile API server shows.
const bearer = "bearer-of-the-victim"

// apiServerFaults are what an API server may do to who reads its policies. Each
// answers the list of pods, or else whatever path says.
var apiServerFaults = []struct {
	name, path string
	answer     func(elsewhere string) http.HandlerFunc
	flags      string
	says       string
}{
	{"307 to another host", "/api/v1/pods", redirect(http.StatusTemporaryRedirect), "", "it redirects to http://127.0.0.1:"},
	{"302 to another host", "/api/v1/pods", redirect(http.StatusFound), "", "it redirects to http://127.0.0.1:"},
	{"discovery that redirects", "/apis", redirect(http.StatusTemporaryRedirect), "", "it redirects to http://127.0.0.1:"},
	{"a redirect to escapes", "/api/v1/pods", func(string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://u:s3cret@\u202e\u009bevil/"+strings.Repeat("x", 10_000))
			w.WriteHeader(http.StatusTemporaryRedirect)
		}
	}, "", "it redirects to "},
	{"a list that goes on where it was", "/api/v1/pods", page(`{"metadata":{"continue":"again"},"items":[{"metadata":{"name":"a"}}]}`), "",
		"does not come to an end: it continues where it was before"},
	{"a list of empty pages", "/api/v1/pods", page(`{"metadata":{"continue":"more"},"items":[]}`), "",
		"does not come to an end: it continues after a page without objects"},
	{"a page without an end", "/api/v1/pods", endless(`{"items":[{}`, func(i int) string {
		return fmt.Sprintf(`,{"metadata":{"name":"pod-%d","namespace":"ns-%d","labels":{"app":"a-%d"}},"status":{"podIP":"10.0.0.1"}}`, i, i, i)
	}), "", "takes more than"},
	{"a name without an end", "/api/v1/pods", endless(`{"items":[{"metadata":{"name":"`, func(int) string { return strings.Repeat("x", 1000) }), "",
		"longer than 3 MiB"},
	{"discovery without an end", "/apis", endless(`{"items":[{}`, func(int) string { return ",{}" }), "", "values"},
	{"a version without an end", "/version", endless(`{"gitVersion":"`, func(int) string { return strings.Repeat("x", 1000) }), "", "larger than"},
	{"headers without an end", "/api/v1/pods", func(string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := range 50_000 {
				w.Header().Set(fmt.Sprintf("X-%d", i), "x")
			}
		}
	}, "", "asking the API server at"},
	{"no answer", "/api/v1/pods", func(string) http.HandlerFunc {
		return func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	}, "--request-timeout=1s", "not complete within 1s (--request-timeout)"},
	{"an answer that stops", "/api/v1/pods", func(string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"items":[`)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}
	}, "--request-timeout=1s", "not complete within 1s (--request-timeout)"},
}

func page(text string) func(string) http.HandlerFunc {
	return func(string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
	}
}

// endless goes on until the client has had enough.
func endless(begin string, piece func(i int) string) func(string) http.HandlerFunc {
	return func(string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			_, err := io.WriteString(w, begin)
			for i := 0; err == nil; i++ {
				_, err = io.WriteString(w, piece(i))
			}
		}
	}
}

// TestAPIServersThatMisbehave holds network-policy, which reads whole clusters,
// against API servers that want the token, all of the memory, or all of the time.
func TestAPIServersThatMisbehave(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	for _, f := range apiServerFaults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			evil := startStranger(t, nil)
			broken := f.answer(evil.URL)
			api := startTLSStranger(t, func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case f.path:
					broken(w, r)
				case "/version":
					_, _ = io.WriteString(w, `{"gitVersion":"v1.36.3"}`)
				default:
					_, _ = io.WriteString(w, `{"items":[]}`)
				}
			})
			v := newVictim(t, cloud, "alice")
			v.trust(api)
			for _, command := range []string{"check", "snapshot"} {
				r := v.catalyst(append([]string{"network-policy", command}, strings.Fields(f.flags)...)...)
				r.wantRefused(t, 1, f.says)
				r.wantCleanError(t)
				for _, secret := range []string{bearer, "s3cret"} {
					if strings.Contains(r.stdout+r.stderr, secret) {
						t.Errorf("a secret is shown: %s", r)
					}
				}
			}
			evil.wantSilence(t)
		})
	}
}

// trust writes a kubeconfig that leads to a server with the victim's token.
func (v *victim) trust(api *stranger) {
	v.t.Helper()
	v.write("home/.kube/config", fmt.Appendf(nil, `{"apiVersion": "v1", "kind": "Config", "current-context": "c",
		"clusters": [{"name": "c", "cluster": {"server": %q, "certificate-authority-data": %q}}],
		"users": [{"name": "c", "user": {"token": %q}}],
		"contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}]}`,
		api.URL, base64.StdEncoding.EncodeToString(api.CA), bearer))
}
