package cloud_test

import (
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
)

// endless sends a body of size bytes.
func endless(w http.ResponseWriter, size int) {
	w.Header().Set("Content-Type", "application/json")
	chunk := []byte(strings.Repeat(" ", 1<<20))
	for sent := 0; sent < size; sent += len(chunk) {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

func hijack(w http.ResponseWriter, text string) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	_, _ = io.WriteString(conn, text)
	conn.Close()
}

func TestBadAnswersOfKeystone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer http.HandlerFunc
		code   int
		says   string
	}{
		{"wrong password", func(w http.ResponseWriter, _ *http.Request) { answer(w, 401, `{"error":{"code":401,"message":"no"}}`) }, clierr.SignIn, "refused (401)"},
		{"truncated JSON", func(w http.ResponseWriter, _ *http.Request) { answer(w, 201, `{"token": {"us`) }, clierr.Failure, "not the JSON"},
		{"empty", func(w http.ResponseWriter, _ *http.Request) { answer(w, 201, ``) }, clierr.Failure, "not the JSON"},
		{"no token in it", func(w http.ResponseWriter, _ *http.Request) { answer(w, 201, `{"token":{}}`) }, clierr.Failure, "without a token"},
		{"JSON of another shape", func(w http.ResponseWriter, _ *http.Request) { answer(w, 201, `{"token":{"expires_at":[1]}}`) }, clierr.Failure, "signing in at"},
		{"HTML", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>please log in to the hotel</html>") }, clierr.Failure, "web page"},
		{"HTML 404", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404); fmt.Fprint(w, "<html>") }, clierr.Failure, "web page"},
		{"502", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(502)
			fmt.Fprint(w, "<html>bad gateway</html>")
		}, clierr.Failure, "502 Bad Gateway"},
		{"500 in JSON", func(w http.ResponseWriter, _ *http.Request) { answer(w, 500, `{"error":{"message":"boom"}}`) }, clierr.Failure, "500"},
		{"password expired", func(w http.ResponseWriter, _ *http.Request) {
			answer(w, 401, `{"error":{"message":"The password is expired."}}`)
		}, clierr.SignIn, "password is expired"},
		{"429", func(w http.ResponseWriter, _ *http.Request) { answer(w, 429, `{"error":{"message":"slow down"}}`) }, clierr.Failure, "slow down"},
		{"400", func(w http.ResponseWriter, _ *http.Request) {
			answer(w, 400, `{"error":{"message":"domain\nis missing"}}`)
		}, clierr.SignIn, "domain is missing"},
		{"reset", func(w http.ResponseWriter, _ *http.Request) { hijack(w, "") }, clierr.Failure, "cannot be reached"},
		{"body breaks off", func(w http.ResponseWriter, _ *http.Request) {
			hijack(w, "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"token\"")
		}, clierr.Failure, "breaks off"},
		{"not HTTP", func(w http.ResponseWriter, _ *http.Request) { hijack(w, "SSH-2.0-OpenSSH\r\n") }, clierr.Failure, "cannot be reached"},
		{"endless", func(w http.ResponseWriter, _ *http.Request) { endless(w, 1<<30) }, clierr.Failure, "16 MiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k := newKeystone(t, func(k *keystone) { k.intrude = tt.answer })
			_, err := trySignIn(t, k.options(t, k.openrc()))
			if clierr.Code(err) != tt.code || !strings.Contains(err.Error(), tt.says) {
				t.Fatalf("error = %v (code %d), want code %d and %q", err, clierr.Code(err), tt.code, tt.says)
			}
			host := strings.TrimPrefix(k.URL, "http://")
			if !strings.Contains(err.Error(), host) || clierr.Hint(err) == "" {
				t.Errorf("error %q (hint %q) does not name the server or the next step", err, clierr.Hint(err))
			}
			if strings.Contains(err.Error(), "not found") || strings.Contains(err.Error(), "hush") || strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("error %q", err)
			}
		})
	}
}

func TestUnscopedToken(t *testing.T) {
	t.Parallel()
	k := newKeystone(t)
	_, err := trySignIn(t, k.options(t, k.openrc("OS_PROJECT_NAME", "")))
	if clierr.Code(err) != clierr.SignIn || !strings.Contains(clierr.Hint(err), "OS_PROJECT_NAME") {
		t.Errorf("error = %v (hint %q)", err, clierr.Hint(err))
	}
}

func TestApplicationCredentialGone(t *testing.T) {
	t.Parallel()
	k := newKeystone(t)
	_, err := trySignIn(t, k.options(t, k.openrc("OS_APPLICATION_CREDENTIAL_ID", "gone", "OS_APPLICATION_CREDENTIAL_SECRET", credSecret)))
	if clierr.Code(err) != clierr.SignIn || !strings.Contains(err.Error(), "does not exist or has expired") {
		t.Errorf("error = %v", err)
	}
}

// service signs in at k and returns a function that asks the service once.
func service(t *testing.T, k *keystone, o cloud.Options) func() error {
	t.Helper()
	sc, err := signIn(t, o).Service("container-infra")
	if err != nil {
		t.Fatal(err)
	}
	return func() error {
		_, err := sc.Get(t.Context(), sc.ServiceURL("ping"), new(any), nil)
		return cloud.Explain(err)
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var leaked []string
	thief := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		leaked = append(leaked, r.Method+" "+r.Header.Get("X-Auth-Token"))
		answer(w, 200, `{}`)
	}))
	t.Cleanup(thief.Close)
	tests := []struct {
		name   string
		to     string
		status int
		post   bool
		says   string // "" when the redirect is followed
	}{
		{name: "to another server", to: thief.URL + "/x", status: 302, says: "redirects to " + thief.URL},
		{name: "to another server, method kept", to: thief.URL + "/x", status: 307, post: true, says: "redirects to " + thief.URL},
		{name: "to another scheme", to: "https://$HOST/v1", status: 301, says: "redirects to https://"},
		{name: "to the same server", to: "/magnum/v1/there", status: 302},
		{name: "of a POST that would become a GET", to: "/magnum/v1/there", status: 302, post: true, says: "drops the request"},
		{name: "of a POST that stays one", to: "/magnum/v1/there", status: 307, post: true},
		{name: "in a circle", to: "/magnum/v1/ping", status: 302, says: "in a circle"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k := newKeystone(t)
			sc, err := signIn(t, k.options(t, k.openrc())).Service("container-infra")
			if err != nil {
				t.Fatal(err)
			}
			k.mu.Lock()
			k.intrude = func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/there") {
					answer(w, map[bool]int{true: 201, false: 200}[r.Method == http.MethodPost], `{}`)
					return
				}
				w.Header().Set("Location", strings.ReplaceAll(tt.to, "$HOST", r.Host))
				w.WriteHeader(tt.status)
			}
			k.mu.Unlock()
			if tt.post {
				_, err = sc.Post(t.Context(), sc.ServiceURL("ping"), map[string]string{}, new(any), nil)
			} else {
				_, err = sc.Get(t.Context(), sc.ServiceURL("ping"), new(any), nil)
			}
			err = cloud.Explain(err)
			switch {
			case tt.says == "" && err != nil:
				t.Errorf("not followed: %v", err)
			case tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says) || clierr.Hint(err) == ""):
				t.Errorf("error = %v, want %q and a hint", err, tt.says)
			}
		})
	}
	t.Cleanup(func() {
		if len(leaked) > 0 {
			t.Errorf("requests reached the other server: %q", leaked)
		}
	})
}

func TestSignInIsNotRedirectedElsewhere(t *testing.T) {
	t.Parallel()
	other := newKeystone(t)
	k := newKeystone(t, func(k *keystone) {
		k.intrude = func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
		}
	})
	_, err := trySignIn(t, k.options(t, k.openrc()))
	var redirect *cloud.RedirectError
	if !errors.As(err, &redirect) || other.count("") != 0 {
		t.Errorf("error = %v, the other server saw %d requests", err, other.count(""))
	}
}

func TestServiceBodyIsBounded(t *testing.T) {
	t.Parallel()
	k := newKeystone(t)
	ask := service(t, k, k.options(t, k.openrc()))
	k.mu.Lock()
	k.intrude = func(w http.ResponseWriter, _ *http.Request) { endless(w, 1<<30) }
	k.mu.Unlock()
	var large *cloud.TooLargeError
	if err := ask(); !errors.As(err, &large) {
		t.Errorf("error = %v, want one about the size", err)
	}
}

func TestDeadRegion(t *testing.T) {
	t.Parallel()
	k := newKeystone(t)
	err := service(t, k, k.options(t, k.openrc("OS_REGION_NAME", "RegionTwo")))()
	var down *cloud.UnreachableError
	if !errors.As(err, &down) || down.Region != "RegionTwo" {
		t.Fatalf("error = %v, want one about the region", err)
	}
	for _, part := range []string{`"RegionTwo"`, "http://127.0.0.1:9/v1", "refused"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not mention %s", err, part)
		}
	}
	if !strings.Contains(clierr.Hint(err), "RegionOne") {
		t.Errorf("hint = %q, want the other region", clierr.Hint(err))
	}
}

func TestRegionsAndServices(t *testing.T) {
	t.Parallel()
	k := newKeystone(t)
	_, err := signIn(t, k.options(t, k.openrc("OS_REGION_NAME", ""))).Service("container-infra")
	var region *cloud.RegionError
	if !errors.As(err, &region) || len(region.Regions) != 2 || clierr.Code(err) != clierr.Usage || !strings.Contains(clierr.Hint(err), "RegionOne, RegionTwo") {
		t.Errorf("no region: %v (%s)", err, clierr.Hint(err))
	}
	s := signIn(t, k.options(t, k.openrc("OS_REGION_NAME", "Nowhere")))
	if _, err = s.Service("container-infra"); !errors.As(err, &region) || region.Region != "Nowhere" {
		t.Errorf("unknown region: %v", err)
	}
	_, err = s.Service("load-balancer")
	var missing *cloud.ServiceError
	if !errors.As(err, &missing) || !strings.Contains(clierr.Hint(err), "container-infra, identity") {
		t.Errorf("unknown service: %v (%s)", err, clierr.Hint(err))
	}
	s = signIn(t, k.options(t, k.openrc("OS_CONTAINER_INFRA_ENDPOINT_OVERRIDE", "http://override.example.com/v1")))
	if sc, err := s.Service("container-infra"); err != nil || sc.Endpoint != "http://override.example.com/v1/" {
		t.Errorf("override: %+v, %v", sc, err)
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	k := newKeystone(t, func(k *keystone) { k.tls = true })
	ca := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.Certificate().Raw})
	if err := os.WriteFile(ca, text, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := trySignIn(t, k.options(t, k.openrc()))
	if !strings.Contains(err.Error(), "not trusted") || !strings.Contains(clierr.Hint(err), "OS_CACERT") {
		t.Errorf("unknown CA: %v (%s)", err, clierr.Hint(err))
	}
	o := k.options(t, k.openrc("OS_CACERT", ca))
	pin := signIn(t, o).Pin()

	var warnings []string
	o2 := k.options(t, k.openrc("OS_INSECURE", "true"))
	o2.Warn = func(line string) { warnings = append(warnings, line) }
	signIn(t, o2)
	if len(warnings) != 1 || !strings.Contains(warnings[0], "not verified") {
		t.Errorf("insecure: warnings = %q, want one", warnings)
	}

	// A new terminal knows only the pin; the servers must still be verified.
	bare := cloud.Options{
		Pin: pin, Store: o.Store, Dir: o.Dir, Prompt: &prompts{answers: []string{alicePassword}},
		Now: func() time.Time { return time.Now().Add(2 * time.Hour) }, Warn: func(string) {},
	}
	signIn(t, bare)

	plain := k.openrc("OS_AUTH_URL", strings.Replace(k.URL, "https:", "http:", 1)+"/v3")
	if _, err := trySignIn(t, k.options(t, plain)); err == nil {
		t.Error("http to a TLS port: no error")
	}
	web := newKeystone(t)
	over := web.openrc("OS_AUTH_URL", strings.Replace(web.URL, "http:", "https:", 1)+"/v3")
	if _, err := trySignIn(t, web.options(t, over)); !strings.Contains(clierr.Hint(err), "http rather than https") {
		t.Errorf("https to a port without TLS: %v (%s)", err, clierr.Hint(err))
	}
}

func TestNothingSecretIsShown(t *testing.T) {
	t.Parallel()
	k := newKeystone(t)
	var mu sync.Mutex
	var out strings.Builder
	say := func(s string) {
		mu.Lock()
		defer mu.Unlock()
		out.WriteString(s + "\n")
	}
	show := func(v any) {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			say(fmt.Sprintf(verb, v))
		}
	}
	envs := []map[string]string{
		k.openrc(), k.openrc("OS_PASSWORD", "wrong-hush"),
		k.openrc("OS_PASSWORD", "", "OS_TOKEN", k.issue(grant{user: "alice", project: "demo"})),
		k.openrc("OS_PASSWORD", "", "OS_TOKEN", "gAAAAA-hush-unknown"),
		k.openrc("OS_APPLICATION_CREDENTIAL_ID", "cred-id", "OS_APPLICATION_CREDENTIAL_SECRET", credSecret),
		k.openrc("OS_AUTH_URL", "http://alice:hush@127.0.0.1:1/v3?token=hush"),
		k.openrc("HTTP_PROXY", "http://alice:hush@[broken", "OS_AUTH_URL", "http://192.0.2.1/v3"),
	}
	for _, env := range envs {
		o := k.options(t, env)
		o.Debug = func(_ int, msg string) { say(msg) }
		o.Warn = say
		c, err := cloud.Resolve(o)
		if err != nil {
			t.Fatal(err)
		}
		show(c)
		show(*c)
		s, err := c.Session(t.Context())
		if err != nil {
			say(err.Error() + clierr.Hint(err))
			show(err)
			continue
		}
		show(s)
		show(s.Token())
		if sc, err := s.Service("container-infra"); err == nil {
			_, err := sc.Get(t.Context(), sc.ServiceURL("ping?secret=hush"), nil, nil)
			say(fmt.Sprint(err))
		}
	}
	if !strings.Contains(out.String(), "POST "+k.URL+"/v3/auth/tokens: 201") {
		t.Error("requests are not logged")
	}
	for line := range strings.SplitSeq(out.String(), "\n") {
		if strings.Contains(line, "hush") || strings.Contains(line, fmt.Sprintf("%x", "hush")) {
			t.Errorf("a secret in %.200q", line)
		}
	}
}
