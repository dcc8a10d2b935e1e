package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/patience"
)

// eventually runs kubectl until it works, and returns how often it failed and
// what it said last. The plugin may take its check interval to notice a change.
func (p *person) eventually(args ...string) (failures int, last string) {
	p.t.Helper()
	patience.Until(p.t, fmt.Sprintf("kubectl %q works", args), func() bool {
		r := p.run(p.bed.Kubectl(), args...)
		if r.code != 0 {
			failures, last = failures+1, r.stderr
		}
		return r.code == 0
	})
	return failures, last
}

// The CA of a cluster changes under people who are logged in.
func TestRotatedCA(t *testing.T) {
	t.Parallel()
	bed(t)
	for _, c := range []struct{ cluster, mode string }{{"rotated-a", "certificate"}, {"rotated-b", "keystone"}} {
		t.Run(c.mode, func(t *testing.T) {
			t.Parallel()
			p := somebody(t, "alice")
			p.create(c.cluster)
			p.catalyst("login", c.cluster, "--wait", "--no-check", "--output-kubeconfig", "-")
			if _, err := p.bed.KubeFor(t.Context(), c.cluster); err != nil {
				t.Fatal(err)
			}
			p.catalyst("login", c.cluster, "--auth", c.mode)
			p.kubectl("get", "ns")
			old := p.read(p.kubeconfig)
			if err := p.bed.RotateCA(t.Context(), c.cluster); err != nil {
				t.Fatal(err)
			}
			failures, said := p.eventually("get", "ns", "-o", "name")
			if failures == 0 {
				t.Fatal("kubectl trusts an API server that the old CA did not sign")
			}
			if !strings.Contains(said, "was rotated") || !strings.Contains(said, "run the command again") {
				t.Errorf("nobody said what happened:\n%s", said)
			}
			if p.read(p.kubeconfig) == old {
				t.Error("the kubeconfig has the old CA")
			}
		})
	}
}

// A revoked token is replaced without a word.
func TestRevokedToken(t *testing.T) {
	t.Parallel()
	p := somebody(t, "alice")
	p.catalyst("login", "prod", "--auth", "keystone", "--embed")
	text := p.read(p.kubeconfig)
	_, rest, found := strings.Cut(text, "token: ")
	if !found {
		t.Fatal("no token in the kubeconfig")
	}
	token := strings.Trim(strings.Fields(rest)[0], `"'`)
	p.catalyst("login", "prod", "--auth", "keystone")
	p.kubectl("get", "ns")
	if err := p.bed.RevokeToken(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	// The API server's webhook believes in a token for some seconds more.
	p.eventually("get", "ns")
	r := p.catalyst("login", "prod", "--auth", "keystone")
	if r.code != 0 {
		t.Errorf("a revoked token stops the login: %s", r.stderr)
	}
}
