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

// TestThirdList: of a rule with three lists (several sources, several destinations,
// a port's name beside a number) Felix's iptables rules ask the first two alone,
// because the mark of the second is not cleared before the third. An Allow rule
// opens more than it says; the engine answers what the rule says.
func TestThirdList(t *testing.T) {
	t.Parallel()
	r := nodes.borrow(t)
	rule := func(destination string) []document {
		return manifests(t, fmt.Appendf([]byte(small), `---
{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy, metadata: {name: p}, spec: {selector: all(), types: [Egress], egress: [
  {action: Allow, ipVersion: 4, protocol: UDP, source: {nets: [10.0.0.0/24, 10.0.1.0/24]}, destination: {nets: %s, ports: [53, http]}}]}}`, destination))
	}
	if _, difference, err := r.compareAll(t, rule("[203.0.113.128/25]")); err != nil || difference != "" {
		t.Errorf("two lists: %v\n%s", err, difference)
	}
	_, difference, err := r.compareAll(t, rule("[203.0.113.128/25, 10.0.1.0/24]"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(difference, "8.8.8.8 UDP 53: engine false, Felix true") {
		t.Errorf("Felix asks the third list: %q", difference)
	}
}
