package sandbox_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// clock is a time that tests move by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Now()} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func start(t *testing.T, opts sandbox.Options) *sandbox.Sandbox {
	t.Helper()
	s, err := sandbox.Start(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

type object = map[string]any

// reply is an answer with its body read.
type reply struct {
	status int
	header http.Header
	text   string
	body   object
}

// ask sends a request; header holds names and values in turn.
func ask(t *testing.T, method, url string, body any, header ...string) reply {
	t.Helper()
	return askWith(t, http.DefaultClient, method, url, body, header...)
}

func askWith(t *testing.T, client *http.Client, method, url string, body any, header ...string) reply {
	t.Helper()
	var sent io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		sent = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url, sent)
	if err != nil {
		t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	r := reply{status: resp.StatusCode, header: resp.Header, text: string(data)}
	_ = json.Unmarshal(data, &r.body) // not every answer is an object
	return r
}

func (r reply) wants(t *testing.T, status int, parts ...string) reply {
	t.Helper()
	if r.status != status {
		t.Fatalf("status %d, want %d: %s", r.status, status, r.text)
	}
	for _, p := range parts {
		if !strings.Contains(r.text, p) {
			t.Errorf("%q is missing in: %s", p, r.text)
		}
	}
	return r
}

// at returns what stands at a path of names and positions.
func (r reply) at(path ...any) any {
	var value any = r.body
	for _, step := range path {
		switch step := step.(type) {
		case string:
			inner, _ := value.(object)
			value = inner[step]
		case int:
			list, _ := value.([]any)
			if step >= len(list) {
				return nil
			}
			value = list[step]
		}
	}
	return value
}

// signIn returns the token of a user of the domain Default.
func signIn(t *testing.T, s *sandbox.Sandbox, name, project string) string {
	t.Helper()
	return ask(t, "POST", s.KeystoneURL+"/auth/tokens", passwordAuth(name, name+"-pw", project)).
		wants(t, 201).header.Get("X-Subject-Token")
}

func passwordAuth(name, password, project string) object {
	auth := object{"identity": object{"methods": []string{"password"}, "password": object{
		"user": object{"name": name, "domain": object{"id": "default"}, "password": password}}}}
	if project != "" {
		auth["scope"] = object{"project": object{"name": project, "domain": object{"name": "Default"}}}
	}
	return object{"auth": auth}
}

// magnum asks Magnum in its newest version.
func magnum(t *testing.T, s *sandbox.Sandbox, token, method, path string, body any) reply {
	t.Helper()
	return ask(t, method, s.MagnumURL+path, body, "X-Auth-Token", token, "OpenStack-API-Version", "container-infra latest")
}

func TestRequestsAreCounted(t *testing.T) {
	t.Parallel()
	together := make(chan struct{})
	var waiting sync.WaitGroup
	waiting.Add(3)
	go func() { waiting.Wait(); close(together) }()
	s := start(t, sandbox.Options{Intercept: func(service string, next http.Handler) http.Handler {
		if service != sandbox.Magnum {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			waiting.Done()
			<-together
			next.ServeHTTP(w, r)
		})
	}})
	token := signIn(t, s, "alice", "demo")
	var asking sync.WaitGroup
	for _, path := range []string{"/clusters/prod", "/certificates/prod", "/clustertemplates"} {
		asking.Go(func() { magnum(t, s, token, "GET", path, nil) })
	}
	asking.Wait()
	if n := s.Count(sandbox.Keystone, "POST", "/v3/auth/tokens"); n != 1 {
		t.Errorf("%d sign-ins", n)
	}
	if n := s.Peak(sandbox.Magnum); n != 3 {
		t.Errorf("%d requests at a time", n)
	}
	if got := s.Requests()[1].Header.Get("X-Auth-Token"); got != token {
		t.Errorf("logged token %q", got)
	}
	s.Forget()
	if len(s.Requests()) != 0 || s.Peak(sandbox.Magnum) != 0 {
		t.Error("not forgotten")
	}
}

func TestInterceptBreaksAService(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Options{Intercept: func(service string, next http.Handler) http.Handler {
		if service == sandbox.Keystone {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", http.StatusBadGateway) })
		}
		return next
	}})
	ask(t, "GET", s.KeystoneURL, nil).wants(t, 502)
	ask(t, "GET", s.MagnumURL, nil).wants(t, 200)
}

func TestDelay(t *testing.T) {
	t.Parallel()
	const delay = 50 * time.Millisecond
	s := start(t, sandbox.Options{Delay: delay})
	began := time.Now()
	ask(t, "GET", s.KeystoneURL, nil).wants(t, 200)
	if took := time.Since(began); took < delay {
		t.Errorf("answered after %v", took)
	}
}

func TestNothingListensAfterClose(t *testing.T) {
	t.Parallel()
	s, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	token := signIn(t, s, "alice", "demo")
	api := magnum(t, s, token, "GET", "/clusters/prod", nil).at("api_address").(string)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{s.KeystoneURL, s.MagnumURL, api} {
		if resp, err := http.Get(url); err == nil {
			_ = resp.Body.Close()
			t.Errorf("%s still answers", url)
		}
	}
}

func TestCloudsForClients(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Options{})
	yaml := string(s.CloudsYAML())
	for _, want := range []string{"  alice:\n", "  carol:\n", "  appcred-by-name:\n", "auth_type: v3applicationcredential", s.KeystoneURL} {
		if !strings.Contains(yaml, want) {
			t.Errorf("%q is missing in:\n%s", want, yaml)
		}
	}
	if only := string(s.CloudsYAML("bob")); strings.Count(only, "auth:") != 1 || !strings.Contains(only, `username: "bob"`) {
		t.Errorf("got:\n%s", only)
	}
	if env := s.Env("alice"); env["OS_USERNAME"] != "alice" || env["OS_AUTH_URL"] != s.KeystoneURL || env["OS_PROJECT_NAME"] != "demo" {
		t.Errorf("got %v", env)
	}
	if env := s.Env("appcred"); env["OS_AUTH_TYPE"] != "v3applicationcredential" || env["OS_USERNAME"] != "" {
		t.Errorf("got %v", env)
	}
	if env := s.Env("nobody"); env != nil {
		t.Errorf("got %v", env)
	}
}
