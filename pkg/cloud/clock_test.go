package cloud_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// TestServerTime asks servers with and without a Date header; the application
// servers that Keystone runs in send none themselves.
func TestServerTime(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		date    bool
		token   bool // OS_TOKEN alone: there is nothing to sign in with
		signIns int
		err     string
	}{
		"Date header":                {date: true},
		"no Date header":             {signIns: 1},
		"no Date header, only token": {token: true, err: "does not say what time it is"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			there := time.Now().Add(time.Hour)
			s, err := sandbox.Start(sandbox.Options{
				Now: func() time.Time { return there },
				Intercept: func(_ string, next http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						w.Header()["Date"] = nil
						if c.date {
							w.Header().Set("Date", there.UTC().Format(http.TimeFormat))
						}
						next.ServeHTTP(w, r)
					})
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			env := s.Env("alice")
			if c.token {
				env = map[string]string{"OS_AUTH_URL": s.KeystoneURL, "OS_AUTH_TYPE": "token", "OS_TOKEN": "x"}
			}
			account, err := cloud.Resolve(cloud.Options{Getenv: func(k string) string { return env[k] }, Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			got, err := account.ServerTime(t.Context())
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("got %v, %v", got, err)
				}
				return
			}
			if err != nil || got.Sub(there).Abs() > time.Second {
				t.Errorf("got %v (%v), it is %v", got, err, there)
			}
			if n := s.Count(sandbox.Keystone, "POST", "/v3/auth/tokens"); n != c.signIns {
				t.Errorf("signed in %d times, want %d", n, c.signIns)
			}
		})
	}
}
