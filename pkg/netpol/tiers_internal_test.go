package netpol

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// The normal form says more than Kubernetes' APIs do: peers by label and address
// together, ports left out by name, any order of tiers with any default. These
// tests hold the engine to all of it.

func podIn(ns, name, ip string, labels map[string]string, named int32) kube.Pod {
	p := kube.Pod{Meta: kube.Meta{Namespace: ns, Name: name, Labels: labels}, Status: kube.PodStatus{PodIP: ip}}
	p.Spec.Containers = []kube.Container{{Ports: []kube.ContainerPort{{Name: "admin", ContainerPort: named}}}}
	return p
}

func threePods() *kube.Objects {
	return &kube.Objects{Pods: []kube.Pod{
		podIn("x", "a", "10.0.0.1", map[string]string{"app": "a"}, 80),
		podIn("x", "b", "10.0.0.2", map[string]string{"app": "b"}, 81),
		podIn("x", "c", "10.0.1.3", map[string]string{"app": "b"}, 82),
	}}
}

func tiersEngine(t *testing.T, tiers ...rules.Tier) *Engine {
	t.Helper()
	s, err := compileState(threePods(), tiers, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s.engine(Options{})
}

// one is a policy for app a in both directions with the same rules.
func one(list ...rules.Rule) rules.Policy {
	return rules.Policy{Ref: kube.Ref{Kind: "Policy", Name: fmt.Sprint(len(list))}, Subject: rules.OneOf(rules.PodLabels, "app", "a"),
		Applies: [2]bool{true, true}, Rules: [2][]rules.Rule{list, list}}
}

func all() rules.Ports { return rules.Ports{Set: ports.All()} }

// agree holds Connections, Explain and Flows against each other and against what
// is wanted from a to another pod.
func agree(t *testing.T, e *Engine, to int, port uint16, want bool) {
	t.Helper()
	a, b := e.PodAt(0), e.PodAt(to)
	if got := e.Connections(a, b).Contains(ports.TCP, port); got != want {
		t.Errorf("a → %s %d: connections %t, want %t", b, port, got, want)
	}
	if got := e.Explain(a, b, ports.TCP, port); got.Allowed != want {
		t.Errorf("a → %s %d: explained %t, want %t: %+v", b, port, got.Allowed, want, got)
	}
	inMap := false
	for f := range e.Flows(FlowOptions{By: ByPod}) {
		inMap = inMap || f.Source.String() == a.String() && f.Destination.String() == b.String() && f.Ports.Contains(ports.TCP, port)
	}
	if inMap != want {
		t.Errorf("a → %s %d: in the map %t, want %t", b, port, inMap, want)
	}
}

// TestPeerByLabelAndAddress: both have to hold.
func TestPeerByLabelAndAddress(t *testing.T) {
	t.Parallel()
	b := rules.OneOf(rules.PodLabels, "app", "b")
	block := &rules.Block{Nets: []netip.Prefix{netip.MustParsePrefix("10.0.1.0/24")}, Cluster: true}
	e := tiersEngine(t, rules.Tier{Name: "t", Default: rules.Deny, Policies: []rules.Policy{
		one(rules.Rule{Action: rules.Allow, Ports: all(), Peers: []rules.Peer{{Pods: &b, Block: block}}})}})
	agree(t, e, 1, 80, false)
	agree(t, e, 2, 80, true)
	if e.Explain(e.PodAt(0), e.Address(netip.MustParseAddr("10.0.1.9")), ports.TCP, 80).Allowed {
		t.Error("an address without labels is let through")
	}
}

// TestPortsLeftOutByName: resolved at each destination.
func TestPortsLeftOutByName(t *testing.T) {
	t.Parallel()
	p := rules.Ports{Set: ports.Range(ports.TCP, 80, 90), NotNames: []rules.NamedPort{{Name: "admin", Protocol: ports.TCP}}}
	e := tiersEngine(t, rules.Tier{Name: "t", Default: rules.Deny, Policies: []rules.Policy{one(rules.Rule{Action: rules.Allow, Any: true, Ports: p})}})
	agree(t, e, 1, 80, true)
	agree(t, e, 1, 81, false)
	agree(t, e, 2, 81, true)
	agree(t, e, 2, 82, false)
	if !e.Explain(e.PodAt(0), e.Address(netip.MustParseAddr("8.8.8.8")), ports.TCP, 81).Allowed {
		t.Error("an address has no port names to leave out")
	}
}

// TestEitherSelector: one of several, and the opposite of that.
func TestEitherSelector(t *testing.T) {
	t.Parallel()
	either := rules.Selector{Op: rules.Or, Of: []rules.Selector{rules.OneOf(rules.PodLabels, "app", "a"), rules.InNamespace("y")}}
	neither := rules.Negate(either)
	e := tiersEngine(t, rules.Tier{Name: "t", Default: rules.Deny, Policies: []rules.Policy{
		one(rules.Rule{Action: rules.Allow, Ports: all(), Peers: []rules.Peer{{Pods: &neither}}})}})
	agree(t, e, 1, 80, true)
	e = tiersEngine(t, rules.Tier{Name: "t", Default: rules.Deny, Policies: []rules.Policy{
		one(rules.Rule{Action: rules.Allow, Ports: all(), Peers: []rules.Peer{{Pods: &either}}})}})
	agree(t, e, 1, 80, false)
}

// TestAnyTiers: five tiers; the second passes port 80, the third is without a
// policy for a, the fourth denies 81 and leaves the rest to the fifth.
func TestAnyTiers(t *testing.T) {
	t.Parallel()
	port := func(n uint16) rules.Ports { return rules.Ports{Set: ports.Range(ports.TCP, n, n)} }
	other := one(rules.Rule{Action: rules.Deny, Any: true, Ports: all()})
	other.Subject = rules.OneOf(rules.PodLabels, "app", "none")
	tier := func(name string, def rules.Action, p ...rules.Policy) rules.Tier {
		return rules.Tier{Name: name, Default: def, Ordered: true, Policies: p}
	}
	e := tiersEngine(t,
		tier("first", rules.Pass, one(rules.Rule{Action: rules.Allow, Any: true, Ports: port(22)})),
		tier("second", rules.Pass, one(rules.Rule{Action: rules.Pass, Any: true, Ports: port(80)}, rules.Rule{Action: rules.Deny, Any: true, Ports: port(80)},
			rules.Rule{Action: rules.Deny, Any: true, Ports: port(23)})),
		tier("third", rules.Deny, other),
		tier("fourth", rules.Pass, one(rules.Rule{Action: rules.Deny, Any: true, Ports: port(81)})),
		tier("fifth", rules.Deny, one(rules.Rule{Action: rules.Allow, Any: true, Ports: rules.Ports{Set: ports.Range(ports.TCP, 80, 82)}})))
	for n, want := range map[uint16]bool{22: true, 23: false, 80: true, 81: false, 82: true, 83: false} {
		agree(t, e, 1, n, want)
	}
}
