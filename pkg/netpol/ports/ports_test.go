package ports_test

import (
	"math/rand/v2"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// edge is ports at which sets begin and end in these tests.
var edge = []uint16{1, 2, 3, 79, 80, 81, 65534, 65535}

func random(r *rand.Rand) ports.Set {
	var s ports.Set
	for range r.IntN(4) {
		a, b := edge[r.IntN(len(edge))], edge[r.IntN(len(edge))]
		s = s.Union(ports.Range(ports.Protocols()[r.IntN(3)], min(a, b), max(a, b)))
	}
	return s
}

// TestAlgebra holds the operations against membership, port by port, and equal
// sets against ==.
func TestAlgebra(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		a, b := random(r), random(r)
		and, or, minus := a.Intersect(b), a.Union(b), a.Minus(b)
		for _, p := range ports.Protocols() {
			for _, n := range append([]uint16{50, 30000}, edge...) {
				x, y := a.Contains(p, n), b.Contains(p, n)
				if and.Contains(p, n) != (x && y) || or.Contains(p, n) != (x || y) || minus.Contains(p, n) != (x && !y) {
					t.Fatalf("%s and %s differ at %s %d: and %s, or %s, minus %s", a, b, p, n, and, or, minus)
				}
			}
		}
		if or != b.Union(a) || and != b.Intersect(a) || minus.Union(and) != a {
			t.Fatalf("%s and %s: equal sets are not ==", a, b)
		}
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	s := ports.Range(ports.TCP, 443, 443).Union(ports.Range(ports.TCP, 8000, 8010)).
		Union(ports.Range(ports.TCP, 80, 80)).Union(ports.Every(ports.UDP))
	for got, want := range map[string]string{
		s.Format(ports.TCP):                            "80,443,8000-8010",
		s.Format(ports.UDP):                            "1-65535",
		s.Format(ports.SCTP):                           "",
		s.String():                                     "TCP 80,443,8000-8010 UDP 1-65535",
		ports.All().String():                           "all",
		ports.Set{}.String():                           "none",
		ports.Range(ports.TCP, 0, 1).String():          "TCP 1",
		ports.Range(ports.TCP, 5, 4).String():          "none",
		ports.Range(ports.SCTP, 65535, 65535).String(): "SCTP 65535",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	all := ports.Every(ports.TCP).Union(ports.Every(ports.SCTP)).Union(ports.Every(ports.UDP))
	if all != ports.All() {
		t.Errorf("%q is not all ports", all)
	}
}

func TestParseProtocol(t *testing.T) {
	t.Parallel()
	for _, p := range ports.Protocols() {
		if got, ok := ports.ParseProtocol(p.String()); !ok || got != p {
			t.Errorf("%s reads as %s, %t", p, got, ok)
		}
	}
	for _, s := range []string{"", "tcp", "ICMP", "protocol 3"} {
		if _, ok := ports.ParseProtocol(s); ok {
			t.Errorf("%q is taken for a protocol", s)
		}
	}
}
