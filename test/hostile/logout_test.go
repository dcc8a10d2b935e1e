package hostile

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// keptTokens returns the Keystone tokens in the victim's private cache.
func (v *victim) keptTokens() []string {
	v.t.Helper()
	seen := map[string]bool{}
	var tokens []string
	for _, data := range v.files(filepath.Join(v.home, ".cache")) {
		head, _, _ := strings.Cut(data, "\n")
		var kept struct{ Token string }
		if json.Unmarshal([]byte(head), &kept) == nil && kept.Token != "" && !seen[kept.Token] {
			seen[kept.Token] = true
			tokens = append(tokens, kept.Token)
		}
	}
	return tokens
}

// files returns what the files below a folder hold, by path.
func (v *victim) files(dir string) map[string]string {
	v.t.Helper()
	held := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		held[path] = string(data)
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		v.t.Fatal(err)
	}
	return held
}

// embeddedSecret matches what a login with --embed leaves in a kubeconfig.
var embeddedSecret = regexp.MustCompile(`(?m)^\s*"?(client-key-data|token|password)"?:`)

// wantNoEmbeddedSecret checks the kubeconfig and everything beside it.
func (v *victim) wantNoEmbeddedSecret() {
	v.t.Helper()
	for path, data := range v.files(filepath.Dir(v.kubeconfig)) {
		if m := embeddedSecret.FindString(data); m != "" {
			v.t.Errorf("%s still holds %s", path, strings.TrimSpace(m))
		}
	}
}

// valid asks Keystone whether it accepts a token.
func valid(t *testing.T, cloud *sandbox.Sandbox, token string) bool {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, cloud.KeystoneURL+"/auth/tokens", nil)
	must(t, err)
	req.Header.Set("X-Auth-Token", token)
	req.Header.Set("X-Subject-Token", token)
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// TestLoggedOutMeansLoggedOut holds S10: no secret of a login stays in the backup
// of the kubeconfig.
func TestLoggedOutMeansLoggedOut(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	embed := func(t *testing.T) *victim {
		alice := newVictim(t, cloud, "alice")
		alice.mustCatalyst("login", "blue", "--embed", "--auth", "certificate")
		alice.mustCatalyst("login", "prod", "--embed")
		if text := string(read(t, alice.kubeconfig)); !strings.Contains(text, "client-key-data") || !strings.Contains(text, "token:") {
			t.Fatalf("nothing was embedded:\n%s", text)
		}
		return alice
	}
	t.Run("all", func(t *testing.T) {
		t.Parallel()
		alice := embed(t)
		alice.mustCatalyst("logout", "--all")
		alice.wantNoEmbeddedSecret()
	})
	t.Run("one after the other", func(t *testing.T) {
		t.Parallel()
		alice := embed(t)
		alice.mustCatalyst("logout", "blue")
		for path, data := range alice.files(filepath.Dir(alice.kubeconfig)) {
			if strings.Contains(data, "client-key-data") {
				t.Errorf("%s still holds the key of blue", path)
			}
		}
		if !strings.Contains(string(read(t, alice.kubeconfig)), "token:") {
			t.Error("the token of prod is gone, which is still logged in")
		}
		alice.mustCatalyst("logout", "prod")
		alice.wantNoEmbeddedSecret()
	})
	t.Run("entries that somebody took out before", func(t *testing.T) {
		t.Parallel()
		alice := embed(t)
		must(t, os.Rename(alice.kubeconfig, alice.kubeconfig+".catalyst-backup"))
		must(t, os.WriteFile(alice.kubeconfig, []byte("apiVersion: v1\nkind: Config\n"), 0o600))
		alice.mustCatalyst("logout", "--all")
		alice.wantNoEmbeddedSecret()
	})
	t.Run("a backup that cannot be read as a kubeconfig goes", func(t *testing.T) {
		t.Parallel()
		alice := embed(t)
		backup := alice.kubeconfig + ".catalyst-backup"
		must(t, os.Rename(alice.kubeconfig, backup))
		must(t, os.WriteFile(backup, append(read(t, backup), "users: [\n"...), 0o600))
		if r := alice.mustCatalyst("logout", "--all"); !strings.Contains(r.stderr, "removed the backup") {
			t.Errorf("nothing is said of the backup: %s", r)
		}
		alice.wantNoEmbeddedSecret()
	})
}

// TestLogoutRevokesTheToken holds that a kept token is of no use to anybody once
// the last login that uses it is gone.
func TestLogoutRevokesTheToken(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	login := func(t *testing.T, clusters ...string) (*victim, string) {
		alice := newVictim(t, cloud, "alice")
		alice.mustCatalyst(append([]string{"login", "--no-check"}, clusters...)...)
		tokens := alice.keptTokens()
		if len(tokens) != 1 || !valid(t, cloud, tokens[0]) {
			t.Fatalf("%d tokens are kept after a login, want a valid one", len(tokens))
		}
		return alice, tokens[0]
	}
	gone := func(t *testing.T, alice *victim, token string, stillValid bool) {
		t.Helper()
		if n := len(alice.keptTokens()); n != 0 {
			t.Errorf("%d tokens are still kept", n)
		}
		if got := valid(t, cloud, token); got != stillValid {
			t.Errorf("Keystone accepts the token: %v, want %v", got, stillValid)
		}
	}
	t.Run("with the last login", func(t *testing.T) {
		t.Parallel()
		alice, token := login(t, "prod", "blue")
		alice.mustCatalyst("logout", "prod")
		if !valid(t, cloud, token) || len(alice.keptTokens()) != 1 {
			t.Error("the token went with the first of two logins")
		}
		alice.mustCatalyst("logout", "blue")
		gone(t, alice, token, false)
	})
	t.Run("with logins of several regions and spellings", func(t *testing.T) {
		t.Parallel()
		alice, token := login(t, "prod")
		alice.vars["OS_PROJECT_DOMAIN_ID"], alice.vars["OS_INTERFACE"] = "default", "public"
		alice.catalyst("cluster", "list", "--os-region-name", "elsewhere") // keeps another token
		tokens := alice.keptTokens()
		alice.mustCatalyst("logout", "--all")
		gone(t, alice, token, false)
		for _, other := range tokens {
			gone(t, alice, other, false)
		}
	})
	t.Run("not with --keep-token", func(t *testing.T) {
		t.Parallel()
		alice, token := login(t, "prod")
		alice.mustCatalyst("logout", "--all", "--keep-token")
		gone(t, alice, token, true)
	})
	t.Run("not one that was given", func(t *testing.T) {
		t.Parallel()
		alice, token := login(t, "prod")
		alice.mustCatalyst("logout", "--all", "--keep-token")
		alice.vars["OS_TOKEN"], alice.vars["OS_AUTH_URL"], alice.vars["OS_REGION_NAME"] = token, cloud.KeystoneURL, "RegionOne"
		alice.mustCatalyst("login", "prod", "--no-check")
		if len(alice.keptTokens()) == 0 {
			t.Fatal("the given token is not kept")
		}
		alice.mustCatalyst("logout", "--all")
		gone(t, alice, token, true)
	})
}

// TestLogoutWithoutTheCloud holds that a Keystone which cannot revoke stops no
// logout.
func TestLogoutWithoutTheCloud(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"fails": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"hangs": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"forbids": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(`{"error": {"message": "policy"}}`))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cloud := startCloud(t, sandbox.Options{Intercept: func(service string, next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if service == sandbox.Keystone && r.Method == http.MethodDelete {
						answer(w, r)
						return
					}
					next.ServeHTTP(w, r)
				})
			}})
			alice := newVictim(t, cloud, "alice")
			alice.mustCatalyst("login", "prod", "--no-check")
			r := alice.mustCatalyst("logout", "--all")
			if strings.Count(r.stderr, "could not be revoked and stays valid until 20") != 1 || strings.Contains(r.stderr, "gAAAA") {
				t.Errorf("want one warning: %s", r)
			}
			if len(alice.keptTokens()) != 0 {
				t.Error("the token is still kept")
			}
		})
	}
}
