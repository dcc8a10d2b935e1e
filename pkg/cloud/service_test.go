package cloud_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
)

// service signs in and returns a function that asks the service once.
func service(t *testing.T, o cloud.Options) func() error {
	t.Helper()
	sc, err := signIn(t, o).Service("container-infra")
	if err != nil {
		t.Fatal(err)
	}
	return func() error {
		_, err := sc.Get(t.Context(), sc.ServiceURL("ping"), new(any), nil)
		return cloud.Explain(err)
	}
}

func TestServiceBodyIsBounded(t *testing.T) {
	t.Parallel()
	k := newKeystone(t)
	ask := service(t, k.options(t, k.openrc()))
	k.mu.Lock()
	k.intrude = func(w http.ResponseWriter, _ *http.Request) { endless(w, 1<<30) }
	k.mu.Unlock()
	if err := ask(); err == nil || !strings.Contains(err.Error(), "sends more than 16 MiB") {
		t.Errorf("error = %v, want one about the size", err)
	}
}

func TestDeadRegion(t *testing.T) {
	t.Parallel()
	k := newKeystone(t)
	err := service(t, k.options(t, k.openrc("OS_REGION_NAME", "RegionTwo")))()
	var down *cloud.UnreachableError
	if !errors.As(err, &down) || down.Region != "RegionTwo" {
		t.Fatalf("error = %v, want one about the region", err)
	}
	for _, part := range []string{`"RegionTwo"`, "http://127.0.0.1:9/v1", "refused"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q does not mention %s", err, part)
		}
	}
	if !strings.Contains(clierr.Hint(err), "RegionOne") {
		t.Errorf("hint = %q, want the other region", clierr.Hint(err))
	}
}

func TestRegionsAndServices(t *testing.T) {
	t.Parallel()
	k := newKeystone(t)
	_, err := signIn(t, k.options(t, k.openrc("OS_REGION_NAME", ""))).Service("container-infra")
	if err == nil || !strings.Contains(err.Error(), "in several regions") || clierr.Code(err) != clierr.Usage || !strings.HasSuffix(clierr.Hint(err), ": RegionOne, RegionTwo") {
		t.Errorf("no region: %v (%s)", err, clierr.Hint(err))
	}
	s := signIn(t, k.options(t, k.openrc("OS_REGION_NAME", "Nowhere")))
	if _, err = s.Service("container-infra"); err == nil || !strings.Contains(err.Error(), `not offered in region "Nowhere"`) {
		t.Errorf("unknown region: %v", err)
	}
	_, err = s.Service("load-balancer")
	if err == nil || !strings.Contains(err.Error(), `no service "load-balancer"`) || !strings.Contains(clierr.Hint(err), "container-infra, identity") {
		t.Errorf("unknown service: %v (%s)", err, clierr.Hint(err))
	}
	for override, want := range map[string]string{
		"http://override.example.com/v1":     "http://override.example.com/v1/",
		"http://override.example.com/infra/": "http://override.example.com/infra/v1/",
	} {
		s := signIn(t, k.options(t, k.openrc("OS_CONTAINER_INFRA_ENDPOINT_OVERRIDE", override)))
		if sc, err := s.Service("container-infra"); err != nil || sc.ResourceBaseURL() != want {
			t.Errorf("override %s: %+v, %v", override, sc, err)
		}
	}
}
