package sandbox_test

import (
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

func TestSigningIn(t *testing.T) {
	t.Parallel()
	clk := newClock()
	s := start(t, sandbox.Options{Now: clk.Now})
	env := s.Env("appcred")
	identity := func(method string, with object) object {
		return object{"auth": object{"identity": object{"methods": []string{method}, method: with}}}
	}
	byTOTP := func(code string) object {
		who := object{"name": "erin", "domain": object{"name": "Default"}}
		password, passcode := object{"password": "erin-pw"}, object{"passcode": code}
		for k, v := range who {
			password[k], passcode[k] = v, v
		}
		return object{"auth": object{
			"identity": object{"methods": []string{"password", "totp"}, "password": object{"user": password}, "totp": object{"user": passcode}},
			"scope":    object{"project": object{"name": "demo", "domain": object{"id": "default"}}}}}
	}
	for _, tt := range []struct {
		name   string
		body   object
		status int
		want   string // in the answer
	}{
		{"password", passwordAuth("alice", "alice-pw", "demo"), 201, `"container-infra"`},
		{"unscoped", passwordAuth("alice", "alice-pw", ""), 201, `"alice"`},
		{"wrong password", passwordAuth("alice", "no", "demo"), 401, "requires authentication"},
		{"unknown user", passwordAuth("nobody", "no", "demo"), 401, "requires authentication"},
		{"unknown project", passwordAuth("alice", "alice-pw", "nope"), 401, "requires authentication"},
		{"no role in the project", passwordAuth("bob", "bob-pw", "other"), 401, "requires authentication"},
		{"code behind the password", passwordAuth("dave", "dave-pw"+s.Passcode("dave"), "demo"), 201, `"member"`},
		{"the code is missing", passwordAuth("dave", "dave-pw", "demo"), 401, "requires authentication"},
		{"a second method is due", passwordAuth("erin", "erin-pw", "demo"), 401, `"required_auth_methods":[["password","totp"]]`},
		{"totp", byTOTP(s.Passcode("erin")), 201, `"member"`},
		{"totp with a wrong code", byTOTP("000000x"), 401, "requires authentication"},
		{"no domain", object{"auth": object{"identity": object{"methods": []string{"password"}, "password": object{
			"user": object{"name": "alice", "password": "alice-pw"}}}}}, 400, "Expecting to find domain in user."},
		{"nothing in it", object{}, 400, "Expecting to find auth in request body."},
		{"application credential", identity("application_credential", object{"id": env["OS_APPLICATION_CREDENTIAL_ID"],
			"secret": env["OS_APPLICATION_CREDENTIAL_SECRET"]}), 201, `"demo"`},
		{"application credential by name", identity("application_credential", object{"name": "appcred",
			"user": object{"name": "alice", "domain": object{"id": "default"}}, "secret": "appcred-secret"}), 201, `"demo"`},
		{"application credential, wrong secret", identity("application_credential", object{"id": env["OS_APPLICATION_CREDENTIAL_ID"],
			"secret": "no"}), 401, "requires authentication"},
		{"unknown application credential", identity("application_credential", object{"id": "0", "secret": "no"}), 404,
			"Could not find Application Credential: 0."},
		{"a token that is none", identity("token", object{"id": "no"}), 404, "Could not recognize Fernet token"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := ask(t, "POST", s.KeystoneURL+"/auth/tokens", tt.body).wants(t, tt.status, tt.want)
			if got := r.header.Get("X-Subject-Token") != ""; got != (tt.status == 201) {
				t.Errorf("token in the header: %v", got)
			}
		})
	}
	ask(t, "POST", s.KeystoneURL+"/auth/tokens", "no object").wants(t, 400)
}

func TestATokenFromAToken(t *testing.T) {
	t.Parallel()
	clk := newClock()
	s := start(t, sandbox.Options{Now: clk.Now})
	first := ask(t, "POST", s.KeystoneURL+"/auth/tokens", passwordAuth("alice", "alice-pw", "")).wants(t, 201)
	clk.pass(10 * time.Minute)
	second := ask(t, "POST", s.KeystoneURL+"/auth/tokens", object{"auth": object{
		"identity": object{"methods": []string{"token"}, "token": object{"id": first.header.Get("X-Subject-Token")}},
		"scope":    object{"project": object{"name": "other", "domain": object{"id": "default"}}}}}).wants(t, 201)
	if a, b := first.at("token", "expires_at"), second.at("token", "expires_at"); a != b || a == nil {
		t.Errorf("it ends %v, not with the first: %v", b, a)
	}
	if got := second.at("token", "project", "name"); got != "other" {
		t.Errorf("project %v", got)
	}
}

func TestTokensEnd(t *testing.T) {
	t.Parallel()
	clk := newClock()
	s := start(t, sandbox.Options{Now: clk.Now, TokenLifetime: time.Minute})
	look := func(token, at string) reply {
		return ask(t, "GET", s.KeystoneURL+"/auth/tokens", nil, "X-Auth-Token", token, "X-Subject-Token", at)
	}
	alice, bob, admin := signIn(t, s, "alice", "demo"), signIn(t, s, "bob", "demo"), signIn(t, s, "admin", "admin")
	look(alice, alice).wants(t, 200, `"catalog"`)
	look(admin, alice).wants(t, 200, `"alice"`)
	look(bob, alice).wants(t, 403)
	look(alice, "no").wants(t, 404)
	look("no", alice).wants(t, 401)
	ask(t, "HEAD", s.KeystoneURL+"/auth/tokens", nil, "X-Auth-Token", alice, "X-Subject-Token", alice).wants(t, 200)

	ask(t, "DELETE", s.KeystoneURL+"/auth/tokens", nil, "X-Auth-Token", alice, "X-Subject-Token", alice).wants(t, 204)
	magnum(t, s, alice, "GET", "/clusters", nil).wants(t, 401, `"error"`)
	magnum(t, s, bob, "GET", "/clusters", nil).wants(t, 200)
	clk.pass(time.Minute)
	magnum(t, s, bob, "GET", "/clusters", nil).wants(t, 401)

	carol := signIn(t, s, "carol", "demo")
	s.RevokeTokens()
	look(carol, carol).wants(t, 401)
}

func TestDiscovery(t *testing.T) {
	t.Parallel()
	s := start(t, sandbox.Options{MaxVersion: "1.4"})
	root := ask(t, "GET", s.KeystoneURL[:len(s.KeystoneURL)-len("/v3")]+"/", nil).wants(t, 300)
	if got := root.at("versions", "values", 0, "links", 0, "href"); got != s.KeystoneURL+"/" {
		t.Errorf("Keystone says it is at %v", got)
	}
	ask(t, "GET", s.KeystoneURL+"/nothing", nil).wants(t, 404, "<title>")
	versions := ask(t, "GET", s.MagnumURL[:len(s.MagnumURL)-len("/v1")]+"/", nil).wants(t, 200)
	if got := versions.at("versions", 0, "max_version"); got != "1.4" {
		t.Errorf("Magnum's highest version is %v", got)
	}
	token := ask(t, "POST", s.KeystoneURL+"/auth/tokens", passwordAuth("alice", "alice-pw", "demo"))
	endpoints, _ := token.at("token", "catalog", 1, "endpoints").([]any)
	regions := map[any]any{}
	for _, e := range endpoints {
		regions[e.(object)["region"]] = e.(object)["url"]
	}
	if len(endpoints) != 6 || regions["RegionOne"] != s.MagnumURL || regions["RegionTwo"] == s.MagnumURL {
		t.Errorf("Magnum's endpoints: %v", endpoints)
	}
}
