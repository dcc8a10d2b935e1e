package catalyst_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst"
	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// private is a cloud whose clusters have API servers that only a proxy can
// reach: Magnum names a host that this machine cannot resolve.
type private struct {
	real   atomic.Value // host:port of the API server that was asked about last
	passed atomic.Int32 // connections that the proxy made
}

const privateAPI = "https://api.cluster.invalid:6443"

// hide replaces the addresses of API servers in what Magnum says.
func (p *private) hide(service string, next http.Handler) http.Handler {
	address := regexp.MustCompile(`("api_address": ?")https://(127\.0\.0\.1:\d+)"`)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if service != sandbox.Magnum || r.Method != http.MethodGet {
			next.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		if m := address.FindSubmatch(answer.Body.Bytes()); m != nil {
			p.real.Store(string(m[2]))
		}
		for k, v := range answer.Header() {
			if k != "Content-Length" {
				w.Header()[k] = v
			}
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(address.ReplaceAll(answer.Body.Bytes(), []byte(`${1}`+privateAPI+`"`)))
	})
}

// proxy leads every CONNECT to the API server.
func (p *private) proxy(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != strings.TrimPrefix(privateAPI, "https://") {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		there, err := net.Dial("tcp", p.real.Load().(string))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer there.Close()
		here, sent, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer here.Close()
		_, _ = io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
		p.passed.Add(1)
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = io.Copy(there, sent); _ = there.(*net.TCPConn).CloseWrite() })
		wg.Go(func() { _, _ = io.Copy(here, there); _ = here.(*net.TCPConn).CloseWrite() })
		wg.Wait()
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// A private cluster that the login reaches through a proxy is not unreachable.
func TestDoctorGoesTheWayOfTheLogin(t *testing.T) {
	t.Parallel()
	p := &private{}
	cloud, err := sandbox.Start(sandbox.Options{Intercept: p.hide})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cloud.Close() })
	home := t.TempDir()
	run := func(args ...string) (int, string) {
		env := cloud.Env("alice")
		env["HOME"], env["KUBECONFIG"], env["PATH"] = home, filepath.Join(home, "kubeconfig"), ""
		var out, errOut bytes.Buffer
		code := catalyst.Run(t.Context(), args, cli.Env{
			IOStreams: genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &errOut},
			Getenv:    func(k string) string { return env[k] }, Now: time.Now,
		})
		return code, out.String() + errOut.String()
	}
	if code, output := run("login", "prod", "--no-check"); code != 0 {
		t.Fatalf("exit code %d: %s", code, output)
	}
	if code, output := run("doctor", "prod"); code != 3 || !strings.Contains(output, "wrong    API server           NoName") || !strings.Contains(output, "not looked at: the API server does not answer") {
		t.Errorf("without a proxy: exit code %d: %s", code, output)
	}
	if code, output := run("login", "prod", "--proxy-url", p.proxy(t), "--tls-server-name", "127.0.0.1"); code != 0 {
		t.Fatalf("exit code %d: %s", code, output)
	}
	p.passed.Store(0)
	_, output := run("doctor", "prod") // which kubectl this machine has is another matter
	for _, want := range []string{"ok       API server           Kubernetes v1.36.3 through http://127.0.0.1:", `verified as "127.0.0.1"`,
		"ok       identity             alice may list pods", "ok       storage class ", "ok       network policies     enforced: "} {
		if !strings.Contains(output, want) {
			t.Errorf("lacks %q", want)
		}
	}
	if t.Failed() || p.passed.Load() == 0 {
		t.Errorf("%d connections: %s", p.passed.Load(), output)
	}
}
