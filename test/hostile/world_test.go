package hostile

import (
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// TestHarness shows that the traps work: a healthy login succeeds, and a stranger
// who is told a secret is found out.
func TestHarness(t *testing.T) {
	t.Parallel()
	cloud := startCloud(t, sandbox.Options{})
	alice := newVictim(t, cloud, "alice")
	if r := alice.mustCatalyst("login", "prod"); !strings.Contains(r.stdout, "prod") {
		t.Errorf("login says nothing of prod: %s", r)
	}
	if r := alice.kubectl("get", "namespaces"); r.code != 0 {
		t.Errorf("kubectl: %s", r)
	}
	evil := startStranger(t, nil)
	alice.vars["OS_AUTH_URL"] = evil.URL + "/v3"
	alice.vars["OS_USERNAME"], alice.vars["OS_PASSWORD"], alice.vars["OS_PROJECT_NAME"] = "alice", "alice-pw", "demo"
	alice.vars["OS_USER_DOMAIN_NAME"], alice.vars["OS_PROJECT_DOMAIN_NAME"] = "Default", "Default"
	alice.catalyst("cluster", "list")
	if len(evil.secrets()) == 0 {
		t.Errorf("a password that was sent to the stranger went unnoticed: %v", evil.requests())
	}
}
