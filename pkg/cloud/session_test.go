package cloud_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

// prompts answers questions and remembers them.
type prompts struct {
	answers []string
	asked   []string
}

func (p *prompts) Ask(_ context.Context, label string, secret bool) (string, error) {
	p.asked = append(p.asked, fmt.Sprintf("%s secret=%v", label, secret))
	if len(p.answers) == 0 {
		return "", errors.New("nobody is there")
	}
	a := p.answers[0]
	p.answers = p.answers[1:]
	return a, nil
}

func signIn(t testing.TB, o cloud.Options) *cloud.Session {
	t.Helper()
	s, err := trySignIn(t, o)
	if err != nil {
		t.Fatalf("Session: %v (hint: %s)", err, clierr.Hint(err))
	}
	return s
}

func trySignIn(t testing.TB, o cloud.Options) (*cloud.Session, error) {
	t.Helper()
	c, err := cloud.Resolve(o)
	if err != nil {
		t.Fatalf("Resolve: %v", err)
	}
	return c.Session(t.Context())
}

func TestSignInMethods(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		change   func(*keystone)
		env      []string
		answers  []string
		methods  string // of the last request
		prompted int
		appCred  string
	}{
		{name: "password", methods: `["password"]`},
		{name: "password asked for", env: []string{"OS_PASSWORD", ""}, answers: []string{alicePassword}, methods: `["password"]`, prompted: 1},
		{
			name: "code behind the password", change: func(k *keystone) { k.appended = passcode }, env: []string{"OS_PASSWORD", ""},
			answers: []string{alicePassword + passcode}, methods: `["password"]`, prompted: 1,
		},
		{name: "user name and password asked for", env: []string{"OS_PASSWORD", "", "OS_USERNAME", ""}, answers: []string{"alice", alicePassword}, methods: `["password"]`, prompted: 2},
		{name: "passcode from the environment", change: func(k *keystone) { k.mfa = passcode }, env: []string{"OS_PASSCODE", passcode}, methods: `["password","totp"]`},
		{
			name: "v3multifactor asks for the code", change: func(k *keystone) { k.mfa = passcode },
			env: []string{"OS_AUTH_TYPE", "v3multifactor", "OS_AUTH_METHODS", "v3password,v3totp"}, answers: []string{passcode}, methods: `["password","totp"]`, prompted: 1,
		},
		{name: "v3totp alone", env: []string{"OS_AUTH_TYPE", "v3totp", "OS_PASSWORD", ""}, answers: []string{passcode}, methods: `["totp"]`, prompted: 1},
		{name: "keystone wants a second method", change: func(k *keystone) { k.mfa = passcode }, answers: []string{passcode}, methods: `["password","totp"]`, prompted: 1},
		{
			name: "application credential by id", env: []string{"OS_AUTH_TYPE", "v3applicationcredential", "OS_APPLICATION_CREDENTIAL_ID", "cred-id", "OS_APPLICATION_CREDENTIAL_SECRET", credSecret},
			methods: `["application_credential"]`, appCred: "cred-id",
		},
		{
			name: "application credential by name", env: []string{"OS_APPLICATION_CREDENTIAL_NAME", "ci", "OS_APPLICATION_CREDENTIAL_SECRET", credSecret},
			methods: `["application_credential"]`, appCred: "cred-id",
		},
		{name: "auth URL without version", env: []string{"OS_AUTH_URL", "$URL"}, methods: `["password"]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k := newKeystone(t)
			if tt.change != nil {
				tt.change(k)
			}
			for i := range tt.env {
				tt.env[i] = strings.ReplaceAll(tt.env[i], "$URL", k.URL)
			}
			p := &prompts{answers: tt.answers}
			o := k.options(t, k.openrc(tt.env...))
			o.Prompt = p
			s := signIn(t, o)
			if got := s.User(); got.Name != "alice" || got.ID != "alice-id" || got.DomainName != "Default" {
				t.Errorf("user = %+v", got)
			}
			if got := s.Project(); got.Name != "demo" || got.ID != "demo-id" {
				t.Errorf("project = %+v", got)
			}
			if diff := cmp.Diff([]string{"member", "reader"}, s.Roles()); diff != "" {
				t.Errorf("roles (-want +got):\n%s", diff)
			}
			if last := k.bodies[len(k.bodies)-1]; !strings.Contains(last, `"methods":`+tt.methods) {
				t.Errorf("methods sent: want %s in %s", tt.methods, last)
			}
			if len(p.asked) != tt.prompted {
				t.Errorf("asked %q, want %d questions", p.asked, tt.prompted)
			}
			if got := s.Pin().AppCredID; got != tt.appCred {
				t.Errorf("application credential of the pin = %q, want %q", got, tt.appCred)
			}
		})
	}
}

func TestTokenIsUsedAsItIs(t *testing.T) {
	t.Parallel()
	k := newKeystone(t)
	token := k.issue(grant{user: "alice", project: "demo"})
	env := k.openrc("OS_PASSWORD", "", "OS_USERNAME", "", "OS_TOKEN", token, "OS_AUTH_TYPE", "token")
	o := k.options(t, env)
	for range 2 {
		if got := signIn(t, o).Token().ID; got != token {
			t.Fatalf("token = %q, want OS_TOKEN itself", got)
		}
	}
	if n := k.count("POST"); n != 0 {
		t.Errorf("%d tokens were asked for, want none", n)
	}
	if n := k.count("GET /v3/auth/tokens"); n != 1 {
		t.Errorf("the token was looked up %d times, want once", n)
	}
	fresh := k.issue(grant{user: "alice", project: "demo"})
	env["OS_TOKEN"] = fresh
	if got := signIn(t, o).Token().ID; got != fresh {
		t.Errorf("after a new openrc the token is %q, want the new one", got)
	}
}

func TestTokenForAnotherProjectIsExchanged(t *testing.T) {
	t.Parallel()
	for _, scope := range []string{"", "other"} {
		k := newKeystone(t)
		token := k.issue(grant{user: "alice", project: scope})
		s := signIn(t, k.options(t, k.openrc("OS_PASSWORD", "", "OS_USERNAME", "", "OS_TOKEN", token)))
		if got := s.Project().Name; got != "demo" || s.Token().ID == token {
			t.Errorf("from a token for %q: project %q", scope, got)
		}
	}
}

func TestTokenIsKept(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		life    time.Duration
		later   time.Duration
		signIns int
	}{
		{name: "soon after", life: time.Hour, later: time.Minute, signIns: 1},
		{name: "minutes before its end", life: time.Hour, later: 56 * time.Minute, signIns: 2},
		{name: "after its end", life: time.Hour, later: 2 * time.Hour, signIns: 2},
		{name: "a short life", life: 3 * time.Minute, later: 2 * time.Minute, signIns: 1},
		{name: "a short life nearly over", life: 3 * time.Minute, later: 170 * time.Second, signIns: 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k := newKeystone(t, func(k *keystone) { k.life = tt.life })
			o := k.options(t, k.openrc())
			signIn(t, o)
			o.Now = func() time.Time { return time.Now().Add(tt.later) }
			o.Warn = func(string) {}
			signIn(t, o)
			if n := k.count("POST"); n != tt.signIns {
				t.Errorf("%d sign-ins, want %d", n, tt.signIns)
			}
		})
	}
}

func TestNoCache(t *testing.T) {
	t.Parallel()
	k := newKeystone(t)
	o := k.options(t, k.openrc())
	o.Store = nil
	signIn(t, o)
	signIn(t, o)
	if n := k.count("POST"); n != 2 {
		t.Errorf("%d sign-ins without a store, want 2", n)
	}
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	k := newKeystone(t)
	o := k.options(t, k.openrc())
	pin := signIn(t, o).Pin()
	before := k.count("")
	c, err := cloud.Resolve(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SignOut(); err != nil {
		t.Fatal(err)
	}
	if k.count("") != before {
		t.Error("signing out used the network")
	}
	if _, err := trySignIn(t, cloud.Options{Pin: pin, Store: o.Store, Dir: o.Dir}); clierr.Code(err) != clierr.SignIn {
		t.Errorf("after signing out the pinned token still works: %v", err)
	}
}

func TestRefusedTokenIsReplacedOnce(t *testing.T) {
	t.Parallel()
	k := newKeystone(t)
	o := k.options(t, k.openrc())
	s := signIn(t, o)
	sc, err := s.Service("container-infra")
	if err != nil {
		t.Fatal(err)
	}
	ping := func() error {
		_, err := sc.Get(t.Context(), sc.ServiceURL("ping"), nil, nil)
		return cloud.Explain(err)
	}
	k.revoke()
	if err := ping(); err != nil {
		t.Fatalf("after the token was revoked: %v", err)
	}
	if n := k.count("POST"); n != 2 {
		t.Errorf("%d sign-ins, want 2", n)
	}
	if got := signIn(t, o).Token().ID; got != s.Token().ID {
		t.Error("the new token is not the one that is kept")
	}
	k.revoke()
	if err := ping(); clierr.Code(err) != clierr.SignIn {
		t.Errorf("refused again at once: %v, want an error that ends the circle", err)
	}
	if n := k.count("POST"); n != 2 {
		t.Errorf("%d sign-ins after a refusal of the new token, want still 2", n)
	}
}

func TestRefusedOSToken(t *testing.T) {
	t.Parallel()
	k := newKeystone(t)
	token := k.issue(grant{user: "alice", project: "demo"})
	env := k.openrc("OS_PASSWORD", "", "OS_TOKEN", token)
	o := k.options(t, env)
	s := signIn(t, o)
	k.revoke()
	err := s.Renew(t.Context())
	if clierr.Code(err) != clierr.SignIn || !strings.Contains(clierr.Hint(err), "openrc") {
		t.Errorf("Renew of a revoked OS_TOKEN: %v (hint %q)", err, clierr.Hint(err))
	}
	if _, err := trySignIn(t, o); clierr.Code(err) != clierr.SignIn || strings.Contains(err.Error(), token) {
		t.Errorf("a new process with the revoked OS_TOKEN: %v", err)
	}
	env["OS_PASSWORD"] = alicePassword
	k.mu.Lock()
	env["OS_TOKEN"] = k.issue(grant{user: "alice", project: "demo"})
	k.mu.Unlock()
	s = signIn(t, o)
	k.revoke()
	if err := s.Renew(t.Context()); err != nil {
		t.Errorf("with OS_PASSWORD beside OS_TOKEN: %v", err)
	}
	if got := signIn(t, o).Token().ID; got != s.Token().ID {
		t.Error("the next process does not use the token that replaced OS_TOKEN")
	}
}

func TestClockThatIsWrong(t *testing.T) {
	t.Parallel()
	k := newKeystone(t)
	o := k.options(t, k.openrc())
	var warnings []string
	o.Warn = func(s string) { warnings = append(warnings, s) }
	o.Now = func() time.Time { return time.Now().Add(48 * time.Hour) }
	if s := signIn(t, o); s.Token().ID == "" {
		t.Error("no token")
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0], "clock") {
		t.Errorf("warnings = %q, want one about the clock", warnings)
	}
}

func TestCacheThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	k := newKeystone(t)
	o := k.options(t, k.openrc())
	file := filepath.Join(o.Dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var warnings []string
	o.Store, o.Warn = store.Open(filepath.Join(file, "cache")), func(s string) { warnings = append(warnings, s) }
	signIn(t, o)
	if len(warnings) != 1 || !strings.Contains(warnings[0], "cannot be kept") {
		t.Errorf("warnings = %q, want one about the cache", warnings)
	}
}

func TestNobodyToAsk(t *testing.T) {
	t.Parallel()
	k := newKeystone(t, func(k *keystone) { k.mfa = passcode })
	tests := []struct{ env, names []string }{
		{[]string{"OS_PASSWORD", ""}, []string{"OS_PASSWORD"}},
		{[]string{"OS_USERNAME", ""}, []string{"OS_USERNAME"}},
		{nil, []string{"OS_PASSCODE"}},
		{[]string{"OS_AUTH_TYPE", "v3totp", "OS_PASSWORD", ""}, []string{"OS_PASSCODE"}},
		{[]string{"OS_AUTH_TYPE", "v3token"}, []string{"openrc"}},
		{[]string{"OS_APPLICATION_CREDENTIAL_ID", "x"}, []string{"OS_APPLICATION_CREDENTIAL_SECRET"}},
		{[]string{"OS_APPLICATION_CREDENTIAL_NAME", "x", "OS_APPLICATION_CREDENTIAL_SECRET", "hush", "OS_USERNAME", ""}, []string{"OS_USERNAME"}},
	}
	for _, tt := range tests {
		env := k.openrc(tt.env...)
		if tt.env != nil && tt.env[0] == "OS_AUTH_TYPE" && tt.env[1] == "v3token" {
			delete(env, "OS_PASSWORD")
		}
		_, err := trySignIn(t, k.options(t, env))
		if clierr.Code(err) != clierr.SignIn {
			t.Errorf("%q: %v (code %d), want code %d", tt.env, err, clierr.Code(err), clierr.SignIn)
			continue
		}
		for _, name := range tt.names {
			if !strings.Contains(clierr.Hint(err), name) {
				t.Errorf("%q: hint %q does not name %s", tt.env, clierr.Hint(err), name)
			}
		}
	}
}
