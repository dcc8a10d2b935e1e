package cloud_test

import (
	"fmt"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

func TestPinFindsTokenOfAnotherTerminal(t *testing.T) {
	t.Parallel()
	k := newKeystone(t)
	token := k.issue(grant{user: "alice", project: "demo"})
	o := k.options(t, k.openrc("OS_PASSWORD", "", "OS_USERNAME", "", "OS_TOKEN", token))
	pin := signIn(t, o).Pin()
	want := cloud.Pin{AuthURL: k.URL, Username: "alice", UserDomainName: "Default", ProjectID: "demo-id"}
	if pin != want {
		t.Errorf("pin = %+v, want %+v", pin, want)
	}
	before := k.count("")
	bare := cloud.Options{Pin: pin, Store: o.Store, Dir: o.Dir, Region: "RegionOne"}
	s := signIn(t, bare)
	if s.Token().ID != token || k.count("") != before {
		t.Error("a new terminal without variables does not use the cached token, or not without the network")
	}
	if _, err := s.Service("container-infra"); err != nil {
		t.Errorf("Service: %v", err)
	}
}

func TestPinAgainstOtherIdentity(t *testing.T) {
	t.Parallel()
	k := newKeystone(t)
	elsewhere := newKeystone(t)
	alice := cloud.Pin{AuthURL: k.URL + "/v3", Username: "alice", UserDomainName: "Default", ProjectID: "demo-id"}
	tests := []struct {
		name   string
		env    map[string]string
		answer []string
		want   string // user who signs in; "" when that must fail
		errHas []string
	}{
		{name: "same identity", env: k.openrc(), want: "alice"},
		{name: "other user, nobody to ask", env: k.openrc("OS_USERNAME", "bob", "OS_PASSWORD", "bob-pw-hush"), errHas: []string{`"alice"`, `"bob"`, "demo-id"}},
		{name: "other user, password asked for", env: k.openrc("OS_USERNAME", "bob", "OS_PASSWORD", "bob-pw-hush"), answer: []string{alicePassword}, want: "alice"},
		{name: "other project by id", env: k.openrc("OS_PROJECT_ID", "other-id"), errHas: []string{"(other-id)"}},
		{name: "other project by name", env: k.openrc("OS_PROJECT_NAME", "other"), errHas: []string{`"other"`}},
		{name: "other cloud", env: elsewhere.openrc(), errHas: []string{strings.TrimPrefix(elsewhere.URL, "http://")}},
		{name: "nothing configured", env: map[string]string{}, errHas: []string{`"alice"`}},
		{name: "nothing configured, never signed in here", env: map[string]string{}, answer: []string{alicePassword}, errHas: []string{"no cloud of yours"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := k.options(t, tt.env)
			o.Pin = alice
			if tt.answer != nil {
				o.Prompt = &prompts{answers: tt.answer}
			}
			s, err := trySignIn(t, o)
			if tt.want != "" {
				if err != nil {
					t.Fatalf("Session: %v", err)
				}
				if s.User().Name != tt.want || s.Project().ID != "demo-id" {
					t.Errorf("signed in as %+v for %+v", s.User(), s.Project())
				}
				return
			}
			if clierr.Code(err) != clierr.SignIn || clierr.Hint(err) == "" {
				t.Fatalf("error = %v (code %d, hint %q), want one that asks to sign in", err, clierr.Code(err), clierr.Hint(err))
			}
			for _, part := range tt.errHas {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q does not mention %s", err, part)
				}
			}
		})
	}
}

func TestPinPrefersCachedTokenToOtherEnvironment(t *testing.T) {
	t.Parallel()
	k := newKeystone(t)
	o := k.options(t, k.openrc())
	first := signIn(t, o)
	o.Pin, o.Getenv = first.Pin(), lookup(k.openrc("OS_PROJECT_NAME", "other"))
	before := k.count("POST")
	for range 2 {
		s := signIn(t, o)
		if s.Token().ID != first.Token().ID {
			t.Fatal("the cached token of the pinned identity is not used")
		}
	}
	if n := k.count("POST") - before; n > 1 {
		t.Errorf("the other identity signed in %d times", n)
	}
}

func TestPinChoosesAmongClouds(t *testing.T) {
	t.Parallel()
	k := newKeystone(t)
	yaml := `clouds:
  a: {auth: {auth_url: $URL/v3, username: alice, password: wrong, project_name: perhaps}}
  bob: {auth: {auth_url: $URL/v3, username: bob, password: bob-pw-hush, project_id: demo-id, user_domain_name: Default}}
  alice: {auth: {auth_url: $URL/v3, username: alice, password: alice-pw-hush, project_id: demo-id, user_domain_name: Default}}
`
	o := k.options(t, nil)
	_, files := home(t, map[string]string{"clouds.yaml": strings.ReplaceAll(yaml, "$URL", k.URL)})
	o.Getenv = lookup(files)
	if _, err := cloud.Resolve(o); clierr.Code(err) != clierr.Usage {
		t.Errorf("without a pin: %v, want a usage error", err)
	}
	for i, name := range []string{"alice", "bob", "alice", "bob"} {
		if i == 2 { // an environment that belongs to neither makes no difference
			env := k.openrc("OS_PROJECT_NAME", "other", "OS_PROJECT_ID", "other-id")
			maps.Copy(env, files)
			o.Getenv = lookup(env)
		}
		o.Pin = cloud.Pin{AuthURL: k.URL, Username: name, UserDomainName: "Default", ProjectID: "demo-id"}
		if s := signIn(t, o); s.User().Name != name || s.Identity().Name != name {
			t.Errorf("pinned to %s: signed in as %s from cloud %q", name, s.User().Name, s.Identity().Name)
		}
	}
}

func TestPinnedApplicationCredentialIsNotAskedFor(t *testing.T) {
	t.Parallel()
	k := newKeystone(t)
	env := k.openrc("OS_PASSWORD", "", "OS_USERNAME", "", "OS_APPLICATION_CREDENTIAL_ID", "cred-id", "OS_APPLICATION_CREDENTIAL_SECRET", credSecret)
	o := k.options(t, env)
	o.Pin = signIn(t, o).Pin()
	o.Getenv, o.Prompt = nil, &prompts{}
	if s := signIn(t, o); s.Pin() != o.Pin {
		t.Errorf("pin = %+v, want %+v", s.Pin(), o.Pin)
	}
	o.Now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	_, err := trySignIn(t, o)
	if clierr.Code(err) != clierr.SignIn || !strings.Contains(err.Error(), "cred-id") || len(o.Prompt.(*prompts).asked) != 0 {
		t.Errorf("expired: %v (asked %q)", err, o.Prompt.(*prompts).asked)
	}
}

func TestPinNamesTheOwnerOfADeadToken(t *testing.T) {
	t.Parallel()
	k := newKeystone(t)
	o := k.options(t, k.openrc("OS_PASSWORD", "", "OS_USERNAME", "", "OS_PROJECT_NAME", "", "OS_TOKEN", "gAAAAA-dead"))
	p := &prompts{answers: []string{alicePassword}}
	o.Pin = cloud.Pin{AuthURL: k.URL, Username: "alice", UserDomainName: "Default", ProjectID: "demo-id"}
	o.Prompt = p
	if s := signIn(t, o); s.User().Name != "alice" || len(p.asked) != 1 || !strings.Contains(p.asked[0], "alice") {
		t.Errorf("signed in as %+v after asking %q", s.User(), p.asked)
	}
}

func TestLastMinutesServeWhenNobodyCanSignIn(t *testing.T) {
	t.Parallel()
	k := newKeystone(t)
	o := k.options(t, k.openrc())
	s := signIn(t, o)
	o.Pin, o.Getenv = s.Pin(), nil
	o.Now = func() time.Time { return time.Now().Add(58 * time.Minute) }
	if got := signIn(t, o).Token().ID; got != s.Token().ID {
		t.Error("a token with two minutes left is not used")
	}
}

// A kubeconfig that a stranger wrote names the stranger's Keystone.
func TestPasswordIsNotAskedForAStrangersKeystone(t *testing.T) {
	t.Parallel()
	k, stranger := newKeystone(t), newKeystone(t)
	own := k.options(t, k.openrc())
	pin := signIn(t, own).Pin()
	pin.AuthURL = stranger.URL + "/v3"
	late := func() time.Time { return time.Now().Add(2 * time.Hour) }
	for name, env := range map[string]map[string]string{"nothing configured": {}, "a cloud elsewhere": k.openrc("OS_PASSWORD", "")} {
		asked := &prompts{answers: []string{alicePassword}}
		o := cloud.Options{Pin: pin, Store: own.Store, Dir: own.Dir, Getenv: lookup(env), Prompt: asked, Now: late, Warn: func(string) {}}
		_, err := trySignIn(t, o)
		if clierr.Code(err) != clierr.SignIn || !strings.Contains(clierr.Hint(err), "kubectl catalyst login") || !strings.Contains(err.Error(), "no cloud of yours") {
			t.Errorf("%s: %v (%s)", name, err, clierr.Hint(err))
		}
		if len(asked.asked) > 0 || len(stranger.asked) > 0 {
			t.Errorf("%s: asked for %q, and the stranger was asked %q", name, asked.asked, stranger.asked)
		}
	}
	// The user's own Keystone, for another project than the environment's.
	pin.AuthURL = k.URL + "/v3"
	asked := &prompts{answers: []string{alicePassword}}
	signIn(t, cloud.Options{Pin: pin, Store: store.Open(t.TempDir()), Dir: own.Dir,
		Getenv: lookup(k.openrc("OS_USERNAME", "bob")), Prompt: asked, Warn: func(string) {}})
	if len(asked.asked) != 1 {
		t.Errorf("asked for %q, want the password", asked.asked)
	}
}

// Whoever waits while another finds out that the environment is somebody else's gets
// the pinned token of that one too.
func TestOneOfManyIsAskedForThePinnedIdentity(t *testing.T) {
	t.Parallel()
	k := newKeystone(t)
	o := k.options(t, k.openrc("OS_PROJECT_NAME", "other"))
	o.Pin = cloud.Pin{AuthURL: k.URL, Username: "alice", UserDomainName: "Default", ProjectID: "demo-id"}
	var asked atomic.Int32
	var all errgroup.Group
	for range 8 {
		p := &prompts{answers: []string{alicePassword}}
		own := o
		own.Prompt = p
		all.Go(func() error {
			s, err := trySignIn(t, own)
			asked.Add(int32(len(p.asked)))
			if err == nil && s.Project().ID != "demo-id" {
				err = fmt.Errorf("signed in to %+v", s.Project())
			}
			return err
		})
	}
	if err := all.Wait(); err != nil {
		t.Error(err)
	}
	if n := k.count("POST"); asked.Load() != 1 || n != 2 {
		t.Errorf("asked for %d passwords and signed in %d times, want 1 and 2", asked.Load(), n)
	}
}
