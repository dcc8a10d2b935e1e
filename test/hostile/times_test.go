package hostile

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// hanging is a cloud whose Magnum accepts requests and answers none. Each request
// is told to asked; all end when over is closed.
func hanging(asked chan<- struct{}, over <-chan struct{}) sandbox.Options {
	return sandbox.Options{Intercept: func(service string, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if service != sandbox.Magnum {
				next.ServeHTTP(w, r)
				return
			}
			select {
			case asked <- struct{}{}:
			default:
			}
			select {
			case <-over:
			case <-r.Context().Done():
			}
		})
	}}
}

// TestTokensOfOddTimes signs in where Keystone says strange things about a
// token's life or owner.
func TestTokensOfOddTimes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change map[string]any
		code   int
	}{
		{"it ends in the year 9999", map[string]any{"expires_at": "9999-12-31T23:59:59.999999Z"}, 0},
		{"it ended in 2000", map[string]any{"expires_at": "2000-01-01T00:00:00.000000Z"}, 0}, // used once, with a warning
		{"it ended in the year 1", map[string]any{"expires_at": "0001-01-01T00:00:00.000000Z"}, 1},
		{"its end is no time", map[string]any{"expires_at": "soon"}, 1},
		{"its end is a number", map[string]any{"expires_at": 7}, 1},
		{"it was issued in 2099", map[string]any{"issued_at": "2099-01-01T00:00:00.000000Z"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cloud := startCloud(t, sandbox.Options{Intercept: func(service string, next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if service != sandbox.Keystone || r.Method != http.MethodPost {
						next.ServeHTTP(w, r)
						return
					}
					changeToken(w, r, next, c.change)
				})
			}})
			alice := newVictim(t, cloud, "alice")
			r := alice.catalyst("login", "prod", "--no-check", "-v", "9")
			if r.code != c.code {
				t.Errorf("want exit code %d: %s", c.code, r)
			}
			r.wantNothingHarmful(t)
		})
	}
}

// changeToken answers a sign-in with the fields of the token changed.
func changeToken(w http.ResponseWriter, r *http.Request, next http.Handler, change map[string]any) {
	recorded := httptest.NewRecorder()
	next.ServeHTTP(recorded, r)
	var body struct {
		Token map[string]any `json:"token"`
	}
	if err := json.Unmarshal(recorded.Body.Bytes(), &body); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	maps.Copy(body.Token, change)
	maps.Copy(w.Header(), recorded.Header())
	w.Header().Del("Content-Length")
	w.WriteHeader(recorded.Code)
	_ = json.NewEncoder(w).Encode(body)
}

// TestExecInfoThatIsOdd calls the credential plugin as a client would that names
// its cluster badly: an error, or a credential for nobody in particular.
func TestExecInfoThatIsOdd(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	alice := newVictim(t, cloud, "alice")
	alice.mustCatalyst("login", "prod", "--no-check")
	args := execArgs(t, alice)
	const object = `{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":`
	for _, c := range []struct{ name, info string }{
		{"half an object", `{`},
		{"a list", `[]`},
		{"null", `null`},
		{"a number", `7`},
		{"another kind", `{"apiVersion":"v1","kind":"Pod"}`},
		{"an unknown version", `{"apiVersion":"client.authentication.k8s.io/v9","kind":"ExecCredential","spec":{"interactive":false}}`},
		{"no cluster", object + `{"interactive":false}}`},
		{"a CA that is no base64", object + `{"interactive":false,"cluster":{"server":"https://127.0.0.1:1","certificate-authority-data":"%%"}}}`},
		{"a CA that is none", object + `{"interactive":false,"cluster":{"server":"https://127.0.0.1:1","certificate-authority-data":"aGVsbG8="}}}`},
		{"a server without TLS", object + `{"interactive":false,"cluster":{"server":"http://127.0.0.1:1"}}}`},
		{"no verification", object + `{"interactive":false,"cluster":{"server":"https://127.0.0.1:1","insecure-skip-tls-verify":true}}}`},
		{"no CA", object + `{"interactive":false,"cluster":{"server":"https://127.0.0.1:1"}}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			eve := *alice
			eve.t, eve.vars = t, map[string]string{"KUBERNETES_EXEC_INFO": c.info}
			r := eve.catalyst(args...)
			if r.code == 0 {
				t.Errorf("a credential was handed out: exit code 0, stderr: %s", r.stderr)
			}
			r.wantCleanError(t)
		})
	}
}

// execArgs returns the arguments that the only user of a kubeconfig has kubectl
// call the plugin with.
func execArgs(t *testing.T, v *victim) []string {
	t.Helper()
	r := v.kubectl("config", "view", "--raw", "-o", "jsonpath={.users[0].user.exec.args}")
	var args []string
	if err := json.Unmarshal([]byte(r.stdout), &args); err != nil {
		t.Fatalf("%v: %s", err, r)
	}
	return args
}

// TestProxiesWithPasswords never shows the password of a proxy that does not
// answer, wherever the proxy is named.
func TestProxiesWithPasswords(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	const password = "s3cretpw"
	commands := [][]string{
		{"login", "prod", "-v", "9"}, {"doctor", "prod"}, {"doctor", "prod", "-o", "json"}, {"network-policy", "check"},
		{"network-policy", "snapshot"}, {"cluster", "list", "-v", "9"},
	}
	for _, proxy := range []string{
		"http://user:" + password + "@127.0.0.1:1", "socks5://user:" + password + "@127.0.0.1:1",
		"ftp://user:" + password + "@127.0.0.1:1", "http://user:" + password + "@127.0.0.1:99x99",
		"http://user:" + password + "@[::1", "http://user:pa/ss" + password + "@127.0.0.1:1", "user:" + password + "@127.0.0.1:1",
	} {
		for _, command := range commands {
			t.Run(proxy[:4]+"/"+command[0], func(t *testing.T) {
				t.Parallel()
				alice := newVictim(t, cloud, "alice")
				alice.mustCatalyst("login", "prod", "--no-check")
				alice.proxyInKubeconfig(proxy)
				alice.vars["HTTPS_PROXY"] = proxy
				r := alice.catalyst(command...)
				r.wantNothingHarmful(t)
				r.wantWithout(t, password)
			})
		}
	}
}

// serverLine is what a cluster's server begins with; $1 is the space before it, but
// for one.
var serverLine = regexp.MustCompile(`(?m)^( *) server: `)

// proxyInKubeconfig gives every cluster of the kubeconfig a proxy.
func (v *victim) proxyInKubeconfig(proxy string) {
	v.t.Helper()
	data, err := os.ReadFile(filepath.Clean(v.kubeconfig))
	must(v.t, err)
	with := serverLine.ReplaceAll(data, []byte("$1 proxy-url: '"+proxy+"'\n$1 server: "))
	if bytes.Equal(data, with) {
		v.t.Fatalf("the kubeconfig has no line with a server: %s", data)
	}
	must(v.t, os.WriteFile(v.kubeconfig, with, 0o600))
}
