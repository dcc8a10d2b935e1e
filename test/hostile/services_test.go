package hostile

import (
	"compress/gzip"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// maxMemory bounds what a program may take whatever it is sent, in bytes.
const maxMemory = 256 << 20

// fault is one way in which a service misbehaves. elsewhere is the URL of a
// stranger.
type fault struct {
	name   string
	answer func(elsewhere string) http.HandlerFunc
}

// faults are what every request of every service is tried with.
var faults = []fault{
	{"307 to another host", redirect(http.StatusTemporaryRedirect)},
	{"302 to another host", redirect(http.StatusFound)},
	{"300 with another host", redirect(http.StatusMultipleChoices)},
	{"redirect to itself", func(string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.RequestURI(), http.StatusTemporaryRedirect)
		}
	}},
	{"a gigabyte", flood("application/json", " ")},
	{"a gzip bomb", func(string) http.HandlerFunc { return gzipBomb }},
	{"three million nested objects", func(string) http.HandlerFunc {
		return text(http.StatusOK, "application/json", strings.Repeat(`{"a":`, 3_000_000))
	}},
	{"HTML with escapes", func(string) http.HandlerFunc {
		return text(http.StatusOK, "text/html", "<html>\x1b]0;owned\a\x1b[2J\u009b31m\u202ehotel</html>")
	}},
	{"HTML with an error", func(string) http.HandlerFunc {
		return text(http.StatusBadGateway, "text/html", "<html>\x1b[2J\u009b31m\u202ebad gateway</html>")
	}},
	{"401", func(string) http.HandlerFunc {
		return text(http.StatusUnauthorized, "application/json", `{"error": {"code": 401}}`)
	}},
	{"503", func(string) http.HandlerFunc { return text(http.StatusServiceUnavailable, "application/json", "{}") }},
	{"429 for years", func(string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "99999999")
			text(http.StatusTooManyRequests, "application/json", "{}")(w, r)
		}
	}},
	{"two megabytes of headers", func(string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			for i := range 2000 {
				w.Header().Set(fmt.Sprintf("X-Padding-%d", i), strings.Repeat("x", 1000))
			}
			text(http.StatusOK, "application/json", "{}")(w, r)
		}
	}},
	{"a reset connection", func(string) http.HandlerFunc { return resetConnection }},
	{"half an answer", func(string) http.HandlerFunc { return text(http.StatusOK, "application/json", `{"uuid": "0b6d`) }},
	{"a list where an object belongs", func(string) http.HandlerFunc { return text(http.StatusOK, "application/json", "[[[]]]") }},
	{"null", func(string) http.HandlerFunc { return text(http.StatusOK, "application/json", "null") }},
}

func redirect(status int) func(string) http.HandlerFunc {
	return func(elsewhere string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere+r.URL.RequestURI(), status)
		}
	}
}

func text(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// flood sends a gigabyte, or until the client has had enough.
func flood(contentType, piece string) func(string) http.HandlerFunc {
	chunk := []byte(strings.Repeat(piece, 1<<20/len(piece)))
	return func(string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			for range 1 << 30 / len(chunk) {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		}
	}
}

// gzipBomb sends a megabyte that unpacks to a gigabyte.
func gzipBomb(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	chunk := make([]byte, 1<<20)
	for range 1 << 10 {
		if _, err := z.Write(chunk); err != nil {
			return
		}
	}
	_ = z.Close()
}

func resetConnection(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

// target is a request of a service, and a command that sends it.
type target struct {
	name, service, method, path string // path: how it begins
	command                     []string
}

var targets = []target{
	{"a sign-in", sandbox.Keystone, http.MethodPost, "/v3/auth/tokens", []string{"login", "prod"}},
	{"a list of clusters", sandbox.Magnum, http.MethodGet, "/v1/clusters", []string{"cluster", "list"}},
	{"a cluster", sandbox.Magnum, http.MethodGet, "/v1/clusters/", []string{"login", "prod"}},
	{"a CA", sandbox.Magnum, http.MethodGet, "/v1/certificates/", []string{"login", "prod"}},
	{"a signature", sandbox.Magnum, http.MethodPost, "/v1/certificates", []string{"login", "blue", "--auth=certificate"}},
}

// TestServicesThatMisbehave tries every fault at every request. Whatever comes
// back: one error with a next step, no secret on any stream at the highest
// verbosity or at another host, nothing written, memory bounded.
func TestServicesThatMisbehave(t *testing.T) {
	t.Parallel()
	for _, at := range targets {
		for _, f := range faults {
			t.Run(at.name+"/"+f.name, func(t *testing.T) {
				t.Parallel()
				evil := startStranger(t, nil)
				broken := f.answer(evil.URL)
				cloud := startCloud(t, sandbox.Options{Intercept: func(service string, next http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						if service == at.service && r.Method == at.method && strings.HasPrefix(r.URL.Path, at.path) {
							broken(w, r)
							return
						}
						next.ServeHTTP(w, r)
					})
				}})
				alice := newVictim(t, cloud, "alice")
				r := alice.catalyst(append(at.command, "-v", "9")...)
				if r.code != 1 && r.code != 4 {
					t.Errorf("want exit code 1 or 4: %s", r)
				}
				r.wantCleanError(t)
				evil.wantSilence(t)
				if _, err := os.Stat(alice.kubeconfig); err == nil {
					t.Error("a kubeconfig was written")
				}
			})
		}
	}
}

// wantCleanError checks what every failure must fulfil: an error with a next
// step, nothing that a terminal obeys, no secret, memory within its bound.
func (r result) wantCleanError(t *testing.T) {
	t.Helper()
	for _, s := range []string{"error: ", "hint: "} {
		if !strings.Contains(r.stderr, s) {
			t.Errorf("stderr lacks %q: %s", s, r)
		}
	}
	r.wantNothingHarmful(t)
}

// wantNothingHarmful checks both streams for control characters and secrets, and
// the memory that was taken.
func (r result) wantNothingHarmful(t *testing.T) {
	t.Helper()
	r.wantHarmlessAt(t, maxMemory)
}

// wantHarmlessAt is wantNothingHarmful with another bound for memory, in bytes.
func (r result) wantHarmlessAt(t *testing.T, memory int64) {
	t.Helper()
	if strings.ContainsFunc(r.stdout+r.stderr, harmful) {
		t.Errorf("a control character reaches the terminal: %q", r.stdout+r.stderr)
	}
	r.wantWithout(t, "alice-pw", "gAAAA", "PRIVATE KEY")
	if r.memory > memory {
		t.Errorf("it took %d MiB of memory", r.memory>>20)
	}
}

// wantWithout checks that neither stream holds one of the secrets.
func (r result) wantWithout(t *testing.T, secrets ...string) {
	t.Helper()
	for _, s := range secrets {
		if strings.Contains(r.stdout+r.stderr, s) {
			t.Errorf("a secret (%.4s…) was written", s)
		}
	}
}

// harmful reports whether a terminal or a reader's eye could be led astray by a
// rune: C0 but for tab and newline, DEL, C1, and what turns the direction of text.
func harmful(r rune) bool {
	switch {
	case r == '\t', r == '\n':
		return false
	case r < 0x20, r >= 0x7f && r <= 0x9f:
		return true
	case r == 0x061c, r == 0x200e, r == 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0xfeff:
		return true
	}
	return false
}
