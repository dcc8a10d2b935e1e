package catalyst_test

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/test/patience"
	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// A password that is wrong is not tried with every press of TAB.
func TestCompletionWithAWrongPassword(t *testing.T) {
	t.Parallel()
	s := newHastyShell(t, sandbox.Options{})
	s.env["OS_PASSWORD"] = "wrong"
	for range 3 {
		s.offers(nil, "login", "")
		s.now = s.now.Add(17 * time.Second)
	}
	if n := s.cloud.Count(sandbox.Keystone, "POST", "/v3/auth/tokens"); n != 1 {
		t.Errorf("%d sign-ins", n)
	}
	s.now, s.env["OS_PASSWORD"] = s.now.Add(10*time.Second), s.cloud.Env("alice")["OS_PASSWORD"]
	s.offers([]string{"blue"}, "login", "bl")
}

func TestCompletionWithoutAnything(t *testing.T) {
	t.Parallel()
	s := newHastyShell(t, sandbox.Options{})
	for name, env := range map[string]map[string]string{
		"no account":        {"HOME": s.env["HOME"]},
		"no home":           {},
		"broken clouds":     {"HOME": s.env["HOME"], "OS_CLIENT_CONFIG_FILE": "complete_test.go", "OS_CLOUD": "x"},
		"no password":       {"HOME": s.env["HOME"], "OS_AUTH_URL": s.env["OS_AUTH_URL"], "OS_USERNAME": "alice", "OS_PROJECT_NAME": "demo"},
		"broken kubeconfig": {"HOME": s.env["HOME"], "KUBECONFIG": "complete_test.go"},
		"nobody listens":    {"HOME": s.env["HOME"], "OS_AUTH_URL": "http://127.0.0.1:1/v3", "OS_USERNAME": "alice", "OS_PASSWORD": "x", "OS_PROJECT_NAME": "demo"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &shell{t: t, cloud: s.cloud, env: env, now: s.now}
			for _, line := range [][]string{{"login", ""}, {"logout", ""}, {"cluster", "create", "--template", ""}, {"login", "--os-cloud", ""}, {"network-policy", "explain", ""}} {
				if words, _ := s.tab(line...); len(words) > 0 {
					t.Errorf("%q: %q", line, words)
				}
			}
		})
	}
}

// What was said before is better than nothing where no answer comes, but not for
// ever.
func TestCompletionRemembersForAWhile(t *testing.T) {
	t.Parallel()
	var gone atomic.Bool
	s := newHastyShell(t, sandbox.Options{Intercept: func(_ string, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if gone.Load() {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			next.ServeHTTP(w, r)
		})
	}})
	s.offers([]string{"blue"}, "login", "bl")
	gone.Store(true)
	for range 3 {
		s.now = s.now.Add(3 * time.Minute)
		s.offers([]string{"blue"}, "login", "bl")
	}
	s.now = s.now.Add(2 * time.Minute)
	s.offers(nil, "login", "bl")
}

// A server that says nothing is waited for once, and then not asked again.
func TestCompletionEndsInTime(t *testing.T) {
	t.Parallel()
	for _, hanging := range []string{sandbox.Keystone, sandbox.Magnum} {
		t.Run(hanging, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int32
			s := newHastyShell(t, sandbox.Options{Intercept: func(service string, next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if service == hanging {
						asked.Add(1)
						<-r.Context().Done()
						return
					}
					next.ServeHTTP(w, r)
				})
			}})
			s.offers(nil, "login", "")
			patience.Until(t, "TAB asks a server that says nothing no more", func() bool {
				before := asked.Load()
				s.offers(nil, "login", "")
				return before > 0 && asked.Load() == before
			})
		})
	}
}
