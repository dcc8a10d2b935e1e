package cloud_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
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
