package cloud_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

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

func TestTokenIsCached(t *testing.T) {
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
	tokens, err := c.SignOut()
	if err != nil || len(tokens) != 1 || tokens[0].Given {
		t.Fatalf("signing out returns %v, %v; want the one token", tokens, err)
	}
	if k.count("") != before {
		t.Error("signing out used the network")
	}
	if _, err := trySignIn(t, cloud.Options{Pin: pin, Store: o.Store, Dir: o.Dir}); clierr.Code(err) != clierr.SignIn {
		t.Errorf("after signing out the pinned token still works: %v", err)
	}
}

// TestRevoke revokes a token as Keystone answers it, which is with an empty 204,
// and once more, when Keystone does not know it any longer.
func TestRevoke(t *testing.T) {
	t.Parallel()
	s, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	env := s.Env("alice")
	o := cloud.Options{Getenv: lookup(env), Dir: t.TempDir(), Store: store.Open(t.TempDir())}
	signIn(t, o)
	c, err := cloud.Resolve(o)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := c.SignOut()
	if err != nil || len(tokens) != 1 {
		t.Fatalf("signing out returns %v, %v; want the one token", tokens, err)
	}
	for range 2 {
		if err := tokens[0].Revoke(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if n := s.Count(sandbox.Keystone, http.MethodDelete, "/v3/auth/tokens"); n != 2 {
		t.Errorf("%d requests to revoke a token, want 2", n)
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
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := ping(); err != nil {
				t.Errorf("after the token was revoked: %v", err)
			}
		})
	}
	all.Wait()
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
	var warnings []string
	o.Prompt, o.Warn = &prompts{answers: []string{alicePassword}}, func(s string) { warnings = append(warnings, s) }
	signIn(t, o)
	if len(warnings) != 1 || !strings.Contains(warnings[0], "OS_TOKEN") {
		t.Errorf("before asking for the password: warnings %q, want one that says why", warnings)
	}
	env["OS_PASSWORD"], o.Prompt, o.Warn = alicePassword, nil, nil
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
