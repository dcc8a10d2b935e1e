package felix_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/felix"
	"github.com/catalyst-cloud/kubectl-catalyst/test/patience"
)

// start starts a node with the pods x/a, x/b and x/c that ends with the test.
func start(t *testing.T, o felix.Options) *felix.Node {
	t.Helper()
	felix.Require(t)
	n, err := felix.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(n.Logs())
		}
		n.Close()
	})
	apply(t, n, `{apiVersion: v1, kind: Namespace, metadata: {name: x}}`)
	for i, name := range []string{"a", "b", "c"} {
		ips := fmt.Sprintf(`{ip: 10.0.0.%d}`, i+1)
		if o.IPv6 {
			ips += fmt.Sprintf(`, {ip: "fd00::%d"}`, i+1)
		}
		pod(t, n, name, ips)
	}
	awaitFelix(t, n)
	return n
}

func pod(t *testing.T, n *felix.Node, name, ips string) {
	t.Helper()
	if _, err := n.CreatePod(t.Context(), fmt.Appendf(nil,
		`{apiVersion: v1, kind: Pod, metadata: {name: %[1]s, namespace: x, labels: {app: %[1]s}}, status: {podIPs: [%s]}}`, name, ips)); err != nil {
		t.Fatal(err)
	}
}

func apply(t *testing.T, n *felix.Node, manifests ...string) {
	t.Helper()
	if err := n.Apply(t.Context(), []byte(strings.Join(manifests, "\n---\n"))); err != nil {
		t.Fatal(err)
	}
}

func awaitFelix(t *testing.T, n *felix.Node) {
	t.Helper()
	if err := n.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// end reads "a", the pod x/a, or an address.
func end(s string) felix.End {
	if ip, err := netip.ParseAddr(s); err == nil {
		return felix.End{IP: ip}
	}
	name, ip, _ := strings.Cut(s, "@")
	e := felix.End{Namespace: "x", Name: name}
	if ip != "" {
		e.IP = netip.MustParseAddr(ip)
	}
	return e
}

// wants asks "FROM TO" over a protocol.
func wants(t *testing.T, n *felix.Node, want felix.Outcome, p felix.Protocol, port uint16, pairs ...string) {
	t.Helper()
	for _, pair := range pairs {
		from, to, _ := strings.Cut(pair, " ")
		f := felix.Flow{From: end(from), To: end(to), Protocol: p, Port: port}
		got, err := n.Probe(t.Context(), f)
		if err != nil {
			t.Error(err)
		} else if got.Outcome != want {
			t.Errorf("%s: %s, want %s", f, got.Outcome, want)
		}
	}
}

// plain is a protocol without rules of its own: RFC 3692's, for experiments.
const plain = felix.Protocol(253)

const deny = `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: deny, namespace: x},
  spec: {podSelector: {matchLabels: {app: b}}, policyTypes: [Ingress, Egress]}}`

// TestPolicies: they hold for every protocol, and for the node and the outside as
// Calico has it; what they no longer say is forgotten.
func TestPolicies(t *testing.T) {
	t.Parallel()
	n := start(t, felix.Options{IPv6: true})
	everywhere := func(want felix.Outcome, v4, v6 string) {
		t.Helper()
		for _, pair := range []string{v4, v6} {
			for _, p := range []felix.Protocol{felix.TCP, felix.UDP, felix.SCTP} {
				wants(t, n, want, p, 80, pair)
			}
			wants(t, n, want, plain, 0, pair)
		}
		wants(t, n, want, felix.ICMP, 0, v4)
		wants(t, n, want, felix.ICMPv6, 0, v6)
	}
	node4, node6 := felix.NodeIP(false).String(), felix.NodeIP(true).String()
	everywhere(felix.Answered, "a b", "a@fd00::1 b")
	everywhere(felix.Answered, "b 8.8.8.8", "b 2001:db8::1")
	apply(t, n, deny)
	awaitFelix(t, n)
	everywhere(felix.Refused, "a b", "a@fd00::1 b")
	everywhere(felix.Refused, "b c", "b@fd00::2 c")
	everywhere(felix.Refused, "b 8.8.8.8", "b 2001:db8::1")
	everywhere(felix.Refused, "8.8.8.8 b", "2001:db8::1 b")
	everywhere(felix.Refused, "b "+node4, "b "+node6)
	everywhere(felix.Answered, node4+" b", node6+" b")
	everywhere(felix.Answered, "a c", "a@fd00::1 c")
	everywhere(felix.Answered, "8.8.8.8 a", "2001:db8::1 a")
	everywhere(felix.Answered, "b b", "b@fd00::2 b")
	apply(t, n, `{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy, metadata: {name: open},
	  spec: {order: 1, selector: app == 'b', types: [Ingress], ingress: [{action: Allow, source: {selector: app == 'c'}}]}}`)
	awaitFelix(t, n)
	everywhere(felix.Answered, "c b", "c@fd00::3 b")
	everywhere(felix.Refused, "a b", "a@fd00::1 b")
	if err := n.Label(t.Context(), "Pod", "x", "c", map[string]*string{"app": nil}); err != nil {
		t.Fatal(err)
	}
	awaitFelix(t, n)
	everywhere(felix.Refused, "c b", "c@fd00::3 b")
	if err := n.Delete(t.Context(), []byte(deny)); err != nil {
		t.Fatal(err)
	}
	awaitFelix(t, n)
	everywhere(felix.Answered, "b c", "b@fd00::2 c")
}

// TestDrop: where Felix drops, a denial is silence, and a closed port still refuses.
func TestDrop(t *testing.T) {
	t.Parallel()
	n := start(t, felix.Options{Drop: true})
	apply(t, n, deny)
	awaitFelix(t, n)
	wants(t, n, felix.Silent, felix.TCP, 80, "a b", "b a")
	wants(t, n, felix.Silent, felix.SCTP, 80, "a b", "b a")
	wants(t, n, felix.Answered, felix.TCP, 80, "a c", "c a")
	a, _ := n.Pod("x", "a")
	if err := a.Enter(func() error {
		_, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", "10.0.0.3:81")
		return err
	}); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("a closed port: %v", err)
	}
}

// TestPodsComeAndGo: an address may have another pod next.
func TestPodsComeAndGo(t *testing.T) {
	t.Parallel()
	n := start(t, felix.Options{})
	for i := range 3 {
		if err := n.DeletePod(t.Context(), "x", "c"); err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("d%d", i)
		pod(t, n, name, "{ip: 10.0.0.3}")
		awaitFelix(t, n)
		wants(t, n, felix.Answered, felix.TCP, 80, "a "+name, name+" a")
		if err := n.DeletePod(t.Context(), "x", name); err != nil {
			t.Fatal(err)
		}
		pod(t, n, "c", "{ip: 10.0.0.3}")
		awaitFelix(t, n)
		wants(t, n, felix.Answered, felix.UDP, 80, "a c", "c a")
	}
}

// TestNodesSideBySide: the same addresses, and other policies.
func TestNodesSideBySide(t *testing.T) {
	t.Parallel()
	one, two := start(t, felix.Options{}), start(t, felix.Options{})
	apply(t, one, deny)
	awaitFelix(t, one)
	awaitFelix(t, two)
	wants(t, one, felix.Refused, felix.TCP, 80, "a b")
	wants(t, two, felix.Answered, felix.TCP, 80, "a b")
}

// TestNothingPassesForEnforced: without Felix, a node says that nothing new is
// enforced.
func TestNothingPassesForEnforced(t *testing.T) {
	t.Parallel()
	n := start(t, felix.Options{})
	n.StopFelix()
	err := n.Settled(patience.Context(t))
	if err == nil || !strings.Contains(err.Error(), "felix ended") || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("settled without Felix: %v", err)
	}
}
