package expect

import (
	"net/netip"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/addr"
)

// span is addresses of one family from first to last, both included.
type span struct{ first, last netip.Addr }

// prefixSpan returns the addresses of a masked prefix.
func prefixSpan(p netip.Prefix) span { return span{p.Addr(), addr.Last(p)} }

// everywhere is all addresses there are.
func everywhere() []span {
	return []span{prefixSpan(netip.MustParsePrefix("0.0.0.0/0")), prefixSpan(netip.MustParsePrefix("::/0"))}
}

func (s span) meets(t span) bool {
	return s.first.Is4() == t.first.Is4() && !t.last.Less(s.first) && !s.last.Less(t.first)
}

// sample returns an address of the span that people know for an example, if there
// is one.
func (s span) sample() netip.Addr {
	for _, text := range []string{"203.0.113.1", "2001:db8::1"} {
		if a := netip.MustParseAddr(text); s.meets(span{a, a}) {
			return a
		}
	}
	return s.first
}

func contains(spans []span, a netip.Addr) bool {
	return slices.ContainsFunc(spans, func(s span) bool { return s.meets(span{a, a}) })
}

// intersect returns the addresses that are in both.
func intersect(a, b []span) []span {
	var out []span
	for _, x := range a {
		for _, y := range b {
			if !x.meets(y) {
				continue
			}
			one := x
			if one.first.Less(y.first) {
				one.first = y.first
			}
			if y.last.Less(one.last) {
				one.last = y.last
			}
			out = append(out, one)
		}
	}
	return out
}

// subtract returns the addresses of from that are not in what.
func subtract(from, what []span) []span {
	for _, w := range what {
		var left []span
		for _, s := range from {
			if !s.meets(w) {
				left = append(left, s)
				continue
			}
			if s.first.Less(w.first) {
				left = append(left, span{s.first, w.first.Prev()})
			}
			if w.last.Less(s.last) {
				left = append(left, span{w.last.Next(), s.last})
			}
		}
		from = left
	}
	return from
}
