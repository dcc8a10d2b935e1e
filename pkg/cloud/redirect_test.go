package cloud_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
)

func TestRedirects(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var leaked []string
	thief := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		leaked = append(leaked, r.Method+" "+r.Header.Get("X-Auth-Token"))
		answer(w, 200, `{}`)
	}))
	t.Cleanup(thief.Close)
	tests := []struct {
		name   string
		to     string
		status int
		post   bool
		says   string // "" when the redirect is followed
	}{
		{name: "to another server", to: thief.URL + "/x", status: 302, says: "redirects to " + thief.URL},
		{name: "to another server, method kept", to: thief.URL + "/x", status: 307, post: true, says: "redirects to " + thief.URL},
		{name: "to another scheme", to: "https://$HOST/v1", status: 301, says: "redirects to https://"},
		{name: "to the same server", to: "/magnum/v1/there", status: 302},
		{name: "of a POST that would become a GET", to: "/magnum/v1/there", status: 302, post: true, says: "drops the request"},
		{name: "of a POST that stays one", to: "/magnum/v1/there", status: 307, post: true},
		{name: "in a circle", to: "/magnum/v1/ping", status: 302, says: "in a circle"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k := newKeystone(t)
			sc, err := signIn(t, k.options(t, k.openrc())).Service("container-infra")
			if err != nil {
				t.Fatal(err)
			}
			k.mu.Lock()
			k.intrude = func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/there") {
					answer(w, map[bool]int{true: 201, false: 200}[r.Method == http.MethodPost], `{}`)
					return
				}
				w.Header().Set("Location", strings.ReplaceAll(tt.to, "$HOST", r.Host))
				w.WriteHeader(tt.status)
			}
			k.mu.Unlock()
			if tt.post {
				_, err = sc.Post(t.Context(), sc.ServiceURL("ping"), map[string]string{}, new(any), nil)
			} else {
				_, err = sc.Get(t.Context(), sc.ServiceURL("ping"), new(any), nil)
			}
			err = cloud.Explain(err)
			switch {
			case tt.says == "" && err != nil:
				t.Errorf("not followed: %v", err)
			case tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says) || clierr.Hint(err) == ""):
				t.Errorf("error = %v, want %q and a hint", err, tt.says)
			}
		})
	}
	t.Cleanup(func() {
		if len(leaked) > 0 {
			t.Errorf("requests reached the other server: %q", leaked)
		}
	})
}

func TestSignInIsNotRedirectedElsewhere(t *testing.T) {
	t.Parallel()
	other := newKeystone(t)
	k := newKeystone(t, func(k *keystone) {
		k.intrude = func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
		}
	})
	_, err := trySignIn(t, k.options(t, k.openrc()))
	if err == nil || !strings.Contains(err.Error(), "where no token is sent") || other.count("") != 0 {
		t.Errorf("error = %v, the other server saw %d requests", err, other.count(""))
	}
}
