package addr_test

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/addr"
)

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s).Masked() }

// TestAtoms: the atoms cover the family without gap, and each prefix that made
// them holds every atom or none of it.
func TestAtoms(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		var list []netip.Prefix
		for range r.IntN(12) {
			ip := netip.AddrFrom4([4]byte{byte(r.IntN(3)), byte(r.IntN(256)), 0, byte(r.IntN(4))})
			list = append(list, netip.PrefixFrom(ip, r.IntN(33)).Masked())
		}
		list = append(list, prefix("2001:db8::/32"))
		a := addr.Divide(addr.IPv4, list)
		next := netip.IPv4Unspecified()
		for i := range a.Len() {
			first, last := a.Bounds(addr.Span{Lo: i, Hi: i + 1})
			if first != next || last.Less(first) || a.Find(first) != i || a.Find(last) != i {
				t.Fatalf("atom %d is %s-%s, want it to begin at %s", i, first, last, next)
			}
			next = last.Next()
			for _, p := range list {
				if p.Contains(first) != p.Contains(last) || p.Contains(first) != addr.Contains(a.Cover([]netip.Prefix{p}, nil), i) {
					t.Fatalf("%s divides %s-%s", p, first, last)
				}
			}
		}
		if next.IsValid() {
			t.Fatalf("the last atom ends before %s", next)
		}
	}
}

func TestCover(t *testing.T) {
	t.Parallel()
	nets := []netip.Prefix{prefix("10.0.0.0/8"), prefix("192.0.2.0/24")}
	except := []netip.Prefix{prefix("10.1.0.0/16"), prefix("10.1.2.0/24"), prefix("10.255.0.0/16")}
	a := addr.Divide(addr.IPv4, append(nets, except...))
	var got []string
	for _, s := range a.Cover(nets, except) {
		first, last := a.Bounds(s)
		got = append(got, first.String()+"-"+last.String())
	}
	want := []string{"10.0.0.0-10.0.255.255", "10.2.0.0-10.254.255.255", "192.0.2.0-192.0.2.255"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("cover (-want +got):\n%s", diff)
	}
}

func TestEnds(t *testing.T) {
	t.Parallel()
	for p, want := range map[string]string{"0.0.0.0/0": "255.255.255.255", "10.0.0.0/31": "10.0.0.1",
		"10.0.0.7/32": "10.0.0.7", "2001:db8::/33": "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff"} {
		if got := addr.Last(prefix(p)).String(); got != want {
			t.Errorf("%s ends with %s, want %s", p, got, want)
		}
	}
	six := addr.Divide(addr.IPv6, nil)
	if first, last := six.Bounds(addr.Span{Lo: 0, Hi: six.Len()}); first.String() != "::" || last.String() != "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" {
		t.Errorf("IPv6 is %s-%s", first, last)
	}
}
