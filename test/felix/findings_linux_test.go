package felix_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestExceptingEverything: a range that excepts all addresses of a family, which
// Calico's API takes, ends Felix as often as it starts: iptables' nftables backend
// cannot say "not ::/0". Nothing new is enforced from then on, and the bed says so.
func TestExceptingEverything(t *testing.T) {
	t.Parallel()
	r := dropping.borrow(t)
	policy := func(cidr string) []byte {
		return fmt.Appendf(nil, `{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy, metadata: {name: p},
		spec: {selector: all(), types: [Ingress], ingress: [{action: Allow, source: {notNets: [%q]}}]}}`, cidr)
	}
	if err := r.Apply(t.Context(), policy("10.0.0.0/8")); err != nil {
		t.Fatal(err)
	}
	if err := r.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.Apply(t.Context(), policy("0.0.0.0/0")); err != nil {
		t.Fatal(err)
	}
	if err := r.Settled(t.Context()); err == nil || !strings.Contains(err.Error(), "felix ended") {
		t.Errorf("Felix lives: %v", err)
	}
	dropping.drop(r)
}
