package contract_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/test/contract"
	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// embedded asks a sandbox that may have been broken.
func embedded(t *testing.T, opts sandbox.Options) ([]contract.Answer, error) {
	t.Helper()
	s, err := sandbox.Start(opts)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	c := contract.Cloud{KeystoneURL: s.KeystoneURL, MagnumURL: s.MagnumURL, Secrets: map[string]string{},
		CredentialID: s.Env("appcred")["OS_APPLICATION_CREDENTIAL_ID"], ClusterAPI: opts.Driver == sandbox.ClusterAPI}
	for _, name := range people() {
		env := s.Env(name)
		c.Secrets[name] = env["OS_PASSWORD"] + env["OS_APPLICATION_CREDENTIAL_SECRET"] // one or the other
	}
	return contract.Ask(t.Context(), c)
}

func people() []string { return []string{"alice", "bob", "carol", "admin", "appcred"} }

func TestTheEmbeddedCloudKeepsTheContract(t *testing.T) {
	t.Parallel()
	for driver, least := range map[sandbox.Driver]int{sandbox.Heat: 100, sandbox.ClusterAPI: 60} {
		answers, err := embedded(t, sandbox.Options{Driver: driver})
		if err != nil {
			t.Fatal(err)
		}
		if len(answers) < least {
			t.Errorf("only %d answers", len(answers))
		}
	}
}

func TestAnAnswerWithAnotherStatusIsAnError(t *testing.T) {
	t.Parallel()
	_, err := embedded(t, sandbox.Options{Intercept: func(_ string, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/v1/clusters/nope" {
				r.URL.Path = "/v1/clusters/prod"
			}
			next.ServeHTTP(w, r)
		})
	}})
	if err == nil || !strings.Contains(err.Error(), "cluster-unknown-name: status 200, not 404") {
		t.Errorf("got %v", err)
	}
}

// A cloud that drifted is found out: one with a field of another name, one
// with a field of another kind, and one that tells more.
func TestDifferencesAreSeen(t *testing.T) {
	t.Parallel()
	healthy, err := embedded(t, sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, old, new string
		want           []string
	}{
		{"the same", "x", "x", nil},
		{"another name", `"max_batch_size"`, `"batch"`, nil}, // nobody asks for it
		{"a field renamed", `"health_status_reason"`, `"health_reason"`, []string{
			"cluster-prod-by-name: .health_reason stands in one of them only",
			"cluster-prod-by-name: .health_status_reason stands in one of them only"}},
		{"a field of another kind", `"node_count":2`, `"node_count":"2"`, []string{
			"cluster-prod-by-name: .node_count is string and number"}},
		{"a member renamed", `"is_default"`, `"default"`, []string{
			"nodegroups-1.9: .nodegroups[].default stands in one of them only",
			"nodegroups-1.9: .nodegroups[].is_default stands in one of them only"}},
		{"a null gets a value", `"docker_volume_size":null`, `"docker_volume_size":20`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			drifted, err := embedded(t, sandbox.Options{Intercept: replacing(tt.old, tt.new)})
			if err != nil {
				t.Fatal(err)
			}
			got := contract.Differences(drifted, healthy)
			for _, want := range tt.want {
				if !strings.Contains(strings.Join(got, "\n"), want) {
					t.Errorf("%q is missing in %q", want, got)
				}
			}
			if tt.want == nil {
				if diff := cmp.Diff([]string(nil), got); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
	if got := contract.Differences(healthy, healthy[1:]); len(got) != 1 {
		t.Errorf("a question that was not answered: %q", got)
	}
}

// replacing makes Magnum say new for old.
func replacing(old, new string) func(string, http.Handler) http.Handler {
	return func(service string, next http.Handler) http.Handler {
		if service != sandbox.Magnum {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rec := httptest.NewRecorder()
			next.ServeHTTP(rec, r)
			for name, values := range rec.Header() {
				w.Header()[name] = values
			}
			w.WriteHeader(rec.Code)
			_, _ = w.Write(bytes.ReplaceAll(rec.Body.Bytes(), []byte(old), []byte(new)))
		})
	}
}
