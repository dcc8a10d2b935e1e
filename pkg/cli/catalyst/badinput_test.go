package catalyst_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst"
	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// run runs a command in this process as user, with a home of its own.
func run(t *testing.T, cloud *sandbox.Sandbox, user string, args ...string) (code int, stdout, stderr, home string) {
	t.Helper()
	home = t.TempDir()
	env := cloud.Env(user)
	env["HOME"], env["KUBECONFIG"] = home, filepath.Join(home, "kubeconfig")
	var out, errOut bytes.Buffer
	code = catalyst.Run(t.Context(), args, cli.Env{
		IOStreams: genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &errOut},
		Getenv:    func(k string) string { return env[k] },
		Now:       time.Now, After: soon,
	})
	return code, out.String(), errOut.String(), home
}

// breakage replaces what Magnum answers to requests whose path ends so.
func breakage(path string, h http.HandlerFunc) sandbox.Options {
	return sandbox.Options{Intercept: func(service string, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if service == sandbox.Magnum && strings.HasSuffix(r.URL.Path, path) {
				h(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}}
}

func body(status int, contentType, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}

const aCluster = `{"uuid": "0b6d4d5e-9f33-4f0c-8f50-5a4e4a7c9b10", "name": %NAME%, "status": "CREATE_COMPLETE", "api_address": %API%, "labels": {}}`

func cluster(name, api string) http.HandlerFunc {
	return body(http.StatusOK, "application/json", strings.NewReplacer("%NAME%", name, "%API%", api).Replace(aCluster))
}

// gigabyte writes until the client has had enough, and counts.
func gigabyte(sent *atomic.Int64) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		chunk := bytes.Repeat([]byte(" "), 1<<20)
		for sent.Load() < 1<<30 {
			n, err := w.Write(chunk)
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	}
}

func reset(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = conn.(*net.TCPConn).SetLinger(0)
		_ = conn.Close()
	}
}

// Whatever comes back from Magnum, there is one clear error, nothing is
// written, and no token or key gets out at any verbosity.
func TestBadAnswersLoseNothing(t *testing.T) {
	t.Parallel()
	var sent atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("another host was asked, with token: %v", r.Header.Get("X-Auth-Token") != "")
	}))
	t.Cleanup(elsewhere.Close)
	const html = "<html><body>Welcome to the hotel's network</body></html>"
	const get, cert = "/clusters/prod", "/certificates/prod"
	for _, c := range []struct {
		name string
		path string
		h    http.HandlerFunc
		says string
	}{
		{"truncated JSON", get, body(200, "application/json", `{"uuid": "0b6d`), "JSON"},
		{"HTML from a proxy", get, body(200, "text/html", html), "text/html"},
		{"HTML with an error", get, body(502, "text/html", html), "502"},
		{"502", cert, body(502, "application/json", `{}`), "502"},
		{"reset", get, reset, "reset|connection"},
		{"a gigabyte", get, gigabyte(&sent), "large|bytes|MiB"},
		{"redirect to another host", get, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+r.URL.Path, http.StatusTemporaryRedirect)
		}, "redirect"},
		{"a name with a newline", get, cluster(`"prod\nhint: forged"`, `"https://127.0.0.1:1"`), "name"},
		{"a name with an escape", get, cluster(`"prod\u001b[31m"`, `"https://127.0.0.1:1"`), "name"},
		{"an API address without TLS", get, cluster(`"prod"`, `"http://127.0.0.1:1"`), "TLS|https"},
		{"an API address that is none", get, cluster(`"prod"`, `"javascript:alert(1)"`), "https URL"},
		{"an API address with a password", get, cluster(`"prod"`, `"https://a:b@127.0.0.1"`), "https URL"},
		{"a CA that is no certificate", cert, body(200, "application/json", `{"pem": "-----BEGIN RSA KEY-----\nAAAA\n-----END RSA KEY-----"}`), "CA"},
		{"a CA that is nothing", cert, body(200, "application/json", `{"pem": null}`), "CA"},
		{"a signature that is none", "/certificates", body(201, "application/json", `{"pem": "hello"}`), "certificate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cloud, err := sandbox.Start(breakage(c.path, c.h))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = cloud.Close() })
			code, stdout, stderr, home := run(t, cloud, "alice", "login", "prod", "--auth", "certificate", "-v", "9")
			if code != 1 || stdout != "" {
				t.Errorf("exit code %d, stdout %q", code, stdout)
			}
			if n := strings.Count("\n"+stderr, "\nerror: "); n != 1 {
				t.Errorf("%d errors:\n%s", n, stderr)
			}
			if !regexp.MustCompile(`(?m)^error: .*(` + c.says + `)`).MatchString(stderr) {
				t.Errorf("the error does not say %q:\n%s", c.says, stderr)
			}
			if strings.ContainsAny(stderr, "\x1b\x00") || strings.Contains("\n"+stderr, "\nhint: forged") {
				t.Errorf("control characters got through: %q", stderr)
			}
			for _, secret := range []string{"alice-pw", "gAAAA", "PRIVATE KEY"} {
				if strings.Contains(stderr, secret) {
					t.Errorf("stderr holds %s", secret)
				}
			}
			if _, err := os.Stat(filepath.Join(home, "kubeconfig")); err == nil {
				t.Error("a kubeconfig was written")
			}
		})
	}
	t.Cleanup(func() {
		if sent.Load() >= 1<<28 {
			t.Errorf("%d bytes of an endless answer were read", sent.Load())
		}
	})
}

// Names from the command line never reach a path or the terminal raw.
func TestBadNamesAreRefusedBeforeAnyRequest(t *testing.T) {
	t.Parallel()
	cloud, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cloud.Close() })
	for _, name := range []string{"prod\nx", "../../etc", "a/b", "prod\x1b[2J", "..", "a\x00b", strings.Repeat("x", 5000)} {
		code, stdout, stderr, home := run(t, cloud, "alice", "login", name)
		if code != 1 && code != 2 || stdout != "" || !strings.HasPrefix(stderr, "error: ") || strings.ContainsRune(stderr, 0x1b) {
			t.Errorf("%q: exit code %d, stdout %q, stderr %q", name, code, stdout, stderr)
		}
		if _, err := os.Stat(filepath.Join(home, "kubeconfig")); err == nil {
			t.Errorf("%q: a kubeconfig was written", name)
		}
	}
	if n := cloud.Count(sandbox.Magnum, "GET", "/"); n != 0 {
		t.Errorf("Magnum was asked %d times", n)
	}
}
