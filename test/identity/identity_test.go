// Package identity holds pkg/cloud against a real Keystone and against the real
// openstack client: what that accepts must work here, and mean the same.
package identity

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
	"github.com/catalyst-cloud/kubectl-catalyst/test/patience"
)

func TestIdentity(t *testing.T) {
	t.Parallel()
	lab.Require(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience.Limit) // several servers start
	defer cancel()
	bed, err := lab.Start(ctx, lab.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(bed.Close)
	for name, check := range map[string]func(*testing.T, *lab.Lab){
		"accounts mean what the openstack client takes them for": sameAccount,
		"a second method is asked for when Keystone wants it":    secondMethod,
		"a token is used, exchanged or refused as it is":         givenTokens,
		"refusals say why": refusals,
	} {
		t.Run(name, func(t *testing.T) { check(t, bed) })
	}
}

// variables is the openrc of a user with changes: KEY=value, and KEY= to unset.
func variables(bed *lab.Lab, user string, changes ...string) map[string]string {
	env := map[string]string{}
	for _, list := range [][]string{bed.Env(user), changes} {
		for _, v := range list {
			name, value, _ := strings.Cut(v, "=")
			if env[name] = value; value == "" {
				delete(env, name)
			}
		}
	}
	return env
}

func options(t *testing.T, env map[string]string) cloud.Options {
	t.Helper()
	return cloud.Options{Getenv: func(name string) string { return env[name] }, Dir: t.TempDir(), Store: store.Open(t.TempDir())}
}

func session(t *testing.T, o cloud.Options) (*cloud.Session, error) {
	t.Helper()
	c, err := cloud.Resolve(o)
	if err != nil {
		return nil, err
	}
	return c.Session(t.Context())
}

// ofFolder is the case with its files in the current folder; all others have
// theirs in the user's own.
const ofFolder = "a cloud of the current folder"

// sameAccount compares project and user with those of a token that the
// openstack client gets from the same files and variables.
func sameAccount(t *testing.T, bed *lab.Lab) {
	base := strings.TrimSuffix(bed.KeystoneURL, "/v3")
	clouds := string(bed.CloudsYAML()) + fmt.Sprintf(`
  bare:
    auth: {auth_url: %s, username: alice, project_name: demo, user_domain_id: default, project_domain_id: default}
    region_name: RegionOne
  merged:
    profile: lab
    auth: {username: bob}
    regions: [RegionOne, {name: RegionTwo, values: {auth: {username: carol}}}]
`, base)
	secure := fmt.Sprintf("clouds: {bare: {auth: {password: %q}}, merged: {auth: {password: %q}}}\n", bed.Password("alice"), bed.Password("bob"))
	public := fmt.Sprintf("public-clouds: {lab: {auth: {auth_url: %q, project_name: demo, user_domain_id: default, project_domain_name: Default}}}\n", bed.KeystoneURL)
	tests := []struct {
		name string
		env  map[string]string
	}{
		{ofFolder, map[string]string{"OS_CLOUD": "bare"}},
		{"a cloud by name", map[string]string{"OS_CLOUD": "alice"}},
		{"an application credential", map[string]string{"OS_CLOUD": "appcred"}},
		{"an auth URL without version", map[string]string{"OS_CLOUD": "bare"}},
		{"profile, secrets and regions", map[string]string{"OS_CLOUD": "merged"}},
		{"another project's name from a variable", map[string]string{"OS_CLOUD": "bare", "OS_PROJECT_NAME": "other"}},
		{"another project's id from a variable", map[string]string{"OS_CLOUD": "bare", "OS_PROJECT_ID": bed.ID("other")}},
		{"another user from variables", map[string]string{"OS_CLOUD": "bare", "OS_USERNAME": "carol", "OS_PASSWORD": bed.Password("carol")}},
		{"an openrc", variables(bed, "carol")},
		{"an openrc with ids", variables(bed, "alice", "OS_USERNAME=", "OS_USER_DOMAIN_NAME=", "OS_USER_ID="+bed.ID("alice"), "OS_PROJECT_NAME=", "OS_PROJECT_DOMAIN_NAME=", "OS_PROJECT_ID="+bed.ID("other"))},
		{"an openrc with old names", variables(bed, "alice", "OS_PROJECT_NAME=", "OS_TENANT_NAME=other")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := options(t, tt.env)
			files := o.Dir
			if tt.name != ofFolder { // there, variables do not say who somebody is
				tt.env["HOME"], files = o.Dir, filepath.Join(o.Dir, ".config", "openstack")
				if err := os.MkdirAll(files, 0o700); err != nil {
					t.Fatal(err)
				}
			}
			for name, text := range map[string]string{"clouds.yaml": clouds, "secure.yaml": secure, "clouds-public.yaml": public} {
				if err := os.WriteFile(filepath.Join(files, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			s, err := session(t, o)
			if err != nil {
				t.Fatalf("%v (%s)", err, clierr.Hint(err))
			}
			cmd := bed.OpenStackCmd(t.Context(), "alice", o.Dir, "token", "issue", "-f", "json")
			cmd.Env = slices.DeleteFunc(cmd.Env, func(v string) bool { return strings.HasPrefix(v, "OS_") })
			for name, value := range tt.env {
				cmd.Env = append(cmd.Env, name+"="+value)
			}
			cmd.Env = append(cmd.Env, "HOME=/srv") // where the client sees o.Dir
			var stderr strings.Builder
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("openstack: %v\n%s", err, bed.Redact(stderr.String()))
			}
			var theirs struct {
				Project string `json:"project_id"`
				User    string `json:"user_id"`
			}
			if err := json.Unmarshal(out, &theirs); err != nil {
				t.Fatal(err)
			}
			if s.User().ID != theirs.User || s.Project().ID != theirs.Project {
				t.Errorf("signed in as %s in %s; the openstack client as %s in %s", s.User().ID, s.Project().ID, theirs.User, theirs.Project)
			}
		})
	}
}

// terminal answers questions with what it computes when asked.
type terminal struct {
	answer func(label string) string
	asked  []string
}

func (p *terminal) Ask(_ context.Context, label string, _ bool) (string, error) {
	p.asked = append(p.asked, label)
	return p.answer(label), nil
}

// secondMethod gives bob an MFA device and the rule that it is needed.
func secondMethod(t *testing.T, bed *lab.Lab) {
	const secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP" // Keystone takes no shorter one
	for _, args := range [][]string{
		{"credential", "create", "--type", "totp", bed.ID("carol"), secret},
		{"user", "set", bed.ID("carol"), "--enable-multi-factor-auth", "--multi-factor-auth-rule", "password,totp"},
	} {
		if _, err := bed.OpenStack(t.Context(), "admin", t.TempDir(), args...); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		_, _ = bed.OpenStack(context.WithoutCancel(t.Context()), "admin", t.TempDir(), "user", "set", bed.ID("carol"), "--disable-multi-factor-auth")
	})
	code := func(string) string { return totp(t, secret, time.Now()) }
	env := variables(bed, "carol")

	_, err := session(t, options(t, env))
	if clierr.Code(err) != clierr.SignIn || !strings.Contains(clierr.Hint(err), "OS_PASSCODE") {
		t.Errorf("nobody to ask: %v (%s)", err, clierr.Hint(err))
	}
	o := options(t, env)
	p := &terminal{answer: code}
	o.Prompt = p
	if s, err := session(t, o); err != nil || s.User().Name != "carol" || len(p.asked) != 1 {
		t.Errorf("asked %q: %v", p.asked, err)
	}
}

// totp computes the code of an MFA device (RFC 6238, SHA-1, six digits, 30 s).
func totp(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	key, err := base32.StdEncoding.DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, at.Unix()/30)
	sum := mac.Sum(nil)
	at4 := sum[len(sum)-1] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at4:at4+4])&0x7fffffff%1_000_000)
}

func givenTokens(t *testing.T, bed *lab.Lab) {
	issued, err := session(t, options(t, variables(bed, "alice")))
	if err != nil {
		t.Fatal(err)
	}
	token := issued.Token().ID
	s, err := session(t, options(t, variables(bed, "alice", "OS_PASSWORD=", "OS_USERNAME=", "OS_USER_DOMAIN_NAME=", "OS_AUTH_TYPE=token", "OS_TOKEN="+token)))
	if err != nil || s.Token().ID != token || s.Project().Name != "demo" || len(s.Roles()) == 0 {
		t.Errorf("as it is: %v, %v", s, err)
	}
	s, err = session(t, options(t, variables(bed, "alice", "OS_PASSWORD=", "OS_PROJECT_NAME=other", "OS_TOKEN="+token)))
	if err != nil || s.Token().ID == token || s.Project().Name != "other" {
		t.Errorf("for another project: %v, %v", s, err)
	}
	if _, err := s.Service("container-infra"); err != nil {
		t.Errorf("the catalog of an exchanged token: %v", err)
	}
	_, err = session(t, options(t, variables(bed, "alice", "OS_PASSWORD=", "OS_TOKEN="+token+"x")))
	if clierr.Code(err) != clierr.SignIn {
		t.Errorf("a token that is none: %v", err)
	}
}

func refusals(t *testing.T, bed *lab.Lab) {
	tests := []struct {
		name    string
		changes []string
		says    string
	}{
		{"wrong password", []string{"OS_PASSWORD=wrong"}, "refused (401)"},
		{"unknown project", []string{"OS_PROJECT_NAME=gone"}, "refused (401)"},
		{"no project", []string{"OS_PROJECT_NAME=", "OS_PROJECT_DOMAIN_NAME="}, "not for any project"},
		{"unknown application credential", []string{"OS_APPLICATION_CREDENTIAL_ID=00000000000000000000000000000000", "OS_APPLICATION_CREDENTIAL_SECRET=x"}, "does not exist"},
		{"wrong secret", []string{"OS_APPLICATION_CREDENTIAL_ID=" + bed.ID("appcred"), "OS_APPLICATION_CREDENTIAL_SECRET=x"}, "refused (401)"},
	}
	for _, tt := range tests {
		_, err := session(t, options(t, variables(bed, "alice", tt.changes...)))
		if clierr.Code(err) != clierr.SignIn || !strings.Contains(err.Error(), tt.says) || clierr.Hint(err) == "" {
			t.Errorf("%s: %v (%s)", tt.name, err, clierr.Hint(err))
		}
	}
}
