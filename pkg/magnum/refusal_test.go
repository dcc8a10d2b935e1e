package magnum_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

func is[E error](t *testing.T, err error) E {
	t.Helper()
	var target E
	if !errors.As(err, &target) {
		t.Fatalf("%T is not in the chain of: %v", target, err)
	}
	return target
}

func TestUnknownClusterSuggestsNames(t *testing.T) {
	t.Parallel()
	for _, ask := range []struct {
		name   string
		status int // Magnum answers a signature for an unknown cluster with 400
		do     func(*magnum.Client) error
	}{
		{"cluster", 404, func(c *magnum.Client) error { _, err := c.Cluster(t.Context(), "pord"); return err }},
		{"ca", 404, func(c *magnum.Client) error { _, err := c.CA(t.Context(), "pord"); return err }},
		{"sign", 400, func(c *magnum.Client) error { _, err := c.Sign(t.Context(), "pord", []byte("csr")); return err }},
	} {
		t.Run(ask.name, func(t *testing.T) {
			t.Parallel()
			_, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/v1/clusters/detail" {
					_, _ = io.WriteString(w, listJSON)
					return
				}
				always(ask.status, refusal(ask.status, "Cluster pord could not be found."))(w, r)
			})
			err := ask.do(c)
			wants(t, err, `cluster "pord" not found in project "demo", region "RegionOne"`, `did you mean "prod"?`, "--os-region-name")
			if diff := cmp.Diff([]string{"prod"}, is[*magnum.NotFound](t, err).Near); diff != "" {
				t.Error(diff)
			}
			if code := clierr.Code(err); code != clierr.Failure {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

func TestTwinsListTheirUUIDs(t *testing.T) {
	t.Parallel()
	w, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/clusters/detail" {
			_, _ = io.WriteString(w, listJSON)
			return
		}
		always(409, refusal(409, "Multiple clusters exist with same name. Please use the cluster uuid instead."))(w, r)
	})
	_, err := c.Cluster(t.Context(), "twin")
	wants(t, err, `2 clusters are called "twin"`,
		"aceeaab5-5643-4066-a3b6-4243e0ea04cd (CREATE_COMPLETE, created 2026-11-20 14:19:17 UTC)",
		"e84f96f8-edb3-470c-be16-0f44cbee6d4c (UPDATE_FAILED", "hint: name the one you mean by its UUID")
	if n := len(is[*magnum.Ambiguous](t, err).Clusters); n != 2 {
		t.Errorf("%d UUIDs", n)
	}
	_, err = c.CA(t.Context(), "twin")
	_ = is[*magnum.Ambiguous](t, err)
	_, err = c.Sign(t.Context(), "twin", []byte("csr"))
	_ = is[*magnum.Ambiguous](t, err)
	if got := len(w.requests()); got != 4 {
		t.Errorf("%d requests for three refusals, want one listing: %q", got, w.requests())
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	get := func(ctx context.Context, c *magnum.Client) error { _, err := c.Cluster(ctx, "prod"); return err }
	ca := func(ctx context.Context, c *magnum.Client) error { _, err := c.CA(ctx, "prod"); return err }
	sign := func(ctx context.Context, c *magnum.Client) error {
		_, err := c.Sign(ctx, "prod", []byte("csr"))
		return err
	}
	for _, tt := range []struct {
		name   string
		do     func(context.Context, *magnum.Client) error
		status int
		body   string
		kind   any
		code   int
		want   []string
	}{
		{"a colleague's CA", ca, 403, refusal(403, "Policy doesn't allow certificate:get to be performed."), new(*magnum.NotYours), 1,
			[]string{"only the user who created it", "k8s_admin", "kubectl catalyst login prod --auth keystone --output-kubeconfig", "--from-file"}},
		{"a colleague's signature", sign, 403, refusal(403, "Policy doesn't allow certificate:create to be performed."), new(*magnum.NotYours), 1,
			[]string{`cluster "prod"`, "--output-kubeconfig"}},
		{"forbidden otherwise", get, 403, refusal(403, "Policy doesn't allow cluster:get to be performed."), new(*magnum.Forbidden), 1,
			[]string{"cluster:get", "administrator"}},
		{"no certificates", sign, 404, refusal(404, "A key pair None could not be found."), new(*magnum.NoCertificates), 1,
			[]string{"TLS disabled", "still being created", "--wait"}},
		{"token refused", get, 401, `{"error": {"code": 401, "title": "Unauthorized", "message": "The request you have made requires authentication."}}`,
			new(*magnum.Unauthorized), 4, []string{"refused the token", "sign in again"}},
		{"no project", get, 400, refusal(400, "Invalid input for field/attribute master_count. Value: '0'. Value should be greater or equal to 1"),
			new(*magnum.Unscoped), 4, []string{"belongs to no project", "OS_PROJECT_NAME"}},
		{"a word about masters otherwise", sign, 400, refusal(400, "Invalid input for field/attribute master_count."), new(*magnum.Rejected), 1,
			[]string{"master_count"}},
		{"csr refused", sign, 400, refusal(400, "Received invalid csr b'garbage'."), new(*magnum.Rejected), 1, []string{"invalid csr"}},
		{"server error", sign, 500, refusal(500, "(sqlite3.ProgrammingError) "+strings.Repeat("x", 5000)), new(*magnum.Unavailable), 1,
			[]string{"500 Internal Server Error", "sqlite3", "…"}},
		{"proxy's 404", get, 404, "<html>not here</html>", new(*magnum.Malformed), 1, []string{"404 Not Found, but not in Magnum's words", "proxy"}},
		{"proxy's 407", get, 407, "", new(*magnum.Malformed), 1, []string{"407 Proxy Authentication Required"}},
		{"rate limit", get, 429, `{"error": {"message": "slow down"}}`, new(*magnum.Rejected), 1, []string{"slow down", "wait a moment"}},
		{"truncated", get, 200, prodJSON[:40], new(*magnum.Malformed), 1, []string{"ends too early"}},
		{"another shape", get, 200, `[]`, new(*magnum.Malformed), 1, []string{"not the JSON"}},
		{"nothing in it", get, 200, `{}`, new(*magnum.Malformed), 1, []string{"not a UUID"}},
		{"a hostile name", get, 200, `{"uuid": "` + prodUUID + `", "name": "../\u001b[2J"}`, new(*magnum.Malformed), 1, []string{"cannot be a name"}},
		{"a list for a label", get, 200, `{"uuid": "` + prodUUID + `", "labels": {"a": []}}`, new(*magnum.Malformed), 1, []string{`label "a"`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, c := serve(t, always(tt.status, tt.body))
			err := tt.do(t.Context(), c)
			wants(t, err, tt.want...)
			if !errors.As(err, tt.kind) {
				t.Errorf("%T is not in the chain of %#v", tt.kind, err)
			}
			if got := clierr.Code(err); got != tt.code {
				t.Errorf("exit code %d, want %d", got, tt.code)
			}
			var inItsOwnWords *magnum.Rejected
			if clierr.Hint(err) == "" && !errors.As(err, &inItsOwnWords) {
				t.Error("no next step")
			}
		})
	}
}

func TestALoginPage(t *testing.T) {
	t.Parallel()
	_, c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<html>please log in</html>")
	})
	_, err := c.Cluster(t.Context(), "prod")
	wants(t, err, "it is text/html, not JSON", "login page")
}

func TestARedirectIsNotFollowedByTheToken(t *testing.T) {
	t.Parallel()
	var reached bool
	other, _ := serve(t, func(http.ResponseWriter, *http.Request) { reached = true })
	w, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", other.URL+r.URL.Path)
		w.WriteHeader(307)
	})
	sc := endpoint(w.URL + "/v1/")
	sc.HTTPClient.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	_, err := magnum.New(sc).Cluster(t.Context(), "prod")
	wants(t, err, "redirects to", strings.TrimPrefix(other.URL, "http://"))
	if reached {
		t.Error("the other host was asked")
	}

	sc.HTTPClient.CheckRedirect = func(*http.Request, []*http.Request) error { return clierr.Errorf("the session's hint", "no redirects") }
	_, err = magnum.New(sc).Cluster(t.Context(), "prod")
	wants(t, err, "no redirects", "hint: the session's hint")
}

func TestABodyWithoutEnd(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 401, 500} {
		var sent atomic.Int64
		_, c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			chunk := bytes.Repeat([]byte(" "), 1<<20)
			for sent.Load() < 1<<30 {
				n, err := w.Write(chunk)
				if sent.Add(int64(n)); err != nil {
					return
				}
			}
		})
		_, err := c.Sign(t.Context(), "prod", []byte("csr"))
		wants(t, err, "larger than 16 MiB")
		if n := sent.Load(); n > 100<<20 {
			t.Errorf("%d MiB were read", n>>20)
		}
		_ = is[*magnum.Malformed](t, err)
	}
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	w, _ := serve(t, always(200, ""))
	w.Close()
	c := magnum.New(endpoint(w.URL + "/v1/")).In(magnum.Place{Region: "RegionTwo"})
	_, err := c.Cluster(t.Context(), "prod")
	wants(t, err, "Magnum at "+`"`+w.URL+`/v1" cannot be reached`, "RegionTwo", "--os-region-name")
	if n := strings.Count(err.Error(), w.URL); n != 1 {
		t.Errorf("the address is named %d times: %v", n, err)
	}
	var missing *magnum.NotFound
	if errors.As(err, &missing) {
		t.Error("an unreachable Magnum is not a missing cluster")
	}
}

func TestAnUnknownAuthority(t *testing.T) {
	t.Parallel()
	_, err := magnum.New(endpoint(newTLS(t).URL+"/v1/")).Cluster(t.Context(), "prod")
	wants(t, err, "unknown authority", "OS_CACERT")
}

func TestCancelling(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	_, c := serve(t, func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() })
	if _, err := c.Cluster(ctx, "prod"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// explains is a connection that says itself what went wrong, as a session's does.
type explains struct{ err error }

func (e explains) RoundTrip(*http.Request) (*http.Response, error) { return nil, e.err }

func TestTheSessionExplainsTheNetwork(t *testing.T) {
	t.Parallel()
	sc := endpoint("http://magnum.invalid/v1/")
	sc.HTTPClient.Transport = explains{clierr.Errorf("choose another region", "nothing answers")}
	_, err := magnum.New(sc).Cluster(t.Context(), "prod")
	if err == nil || err.Error() != "nothing answers" || clierr.Hint(err) != "choose another region" {
		t.Errorf("error = %v (hint %q), want the session's own words", err, clierr.Hint(err))
	}
}

func TestTheSessionRenewsItsToken(t *testing.T) {
	t.Parallel()
	w, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Auth-Token") == "fresh" {
			_, _ = io.WriteString(w, prodJSON)
			return
		}
		always(401, `{"error": {"message": "no"}}`)(w, r)
	})
	sc := endpoint(w.URL + "/v1/")
	sc.ReauthFunc = func(context.Context) error { sc.SetToken("fresh"); return nil }
	if _, err := magnum.New(sc).Cluster(t.Context(), "prod"); err != nil {
		t.Error(err)
	}

	refused := clierr.New(clierr.SignIn, "type it again", "wrong password")
	sc = endpoint(w.URL + "/v1/")
	sc.ReauthFunc = func(context.Context) error { return refused }
	if _, err := magnum.New(sc).Cluster(t.Context(), "prod"); !errors.Is(err, refused) {
		t.Errorf("got %v", err)
	}

	sc = endpoint(w.URL + "/v1/")
	sc.ReauthFunc = func(context.Context) error { return nil }
	_, err := magnum.New(sc).Cluster(t.Context(), "prod")
	_ = is[*magnum.Unauthorized](t, err)
}
