// Package addr divides the addresses of one family into atoms: the largest
// ranges within which no given prefix begins or ends. What holds for one address
// of an atom then holds for all of it.
package addr

import (
	"net/netip"
	"slices"
	"sort"
)

// Family is IPv4 or IPv6.
type Family uint8

// The families.
const (
	IPv4 Family = iota
	IPv6
)

// String returns IPv4 or IPv6.
func (f Family) String() string { return [...]string{"IPv4", "IPv6"}[f] }

// Of returns the family of an address, which is valid and not 4-in-6.
func Of(a netip.Addr) Family {
	if a.Is4() {
		return IPv4
	}
	return IPv6
}

// first and last address of a family.
func (f Family) first() netip.Addr {
	if f == IPv4 {
		return netip.IPv4Unspecified()
	}
	return netip.IPv6Unspecified()
}

// Atoms is the division of one family. Atoms are numbered from 0 in the order of
// their addresses.
type Atoms struct {
	family Family
	starts []netip.Addr // sorted; the first is the family's first address
}

// Span is atoms from Lo up to, but without, Hi.
type Span struct{ Lo, Hi int }

// Divide returns the atoms of f that the prefixes of that family make. Prefixes
// are masked.
func Divide(f Family, prefixes []netip.Prefix) *Atoms {
	starts := []netip.Addr{f.first()}
	for _, p := range prefixes {
		if Of(p.Addr()) != f {
			continue
		}
		starts = append(starts, p.Addr())
		if next := Last(p).Next(); next.IsValid() {
			starts = append(starts, next)
		}
	}
	slices.SortFunc(starts, netip.Addr.Compare)
	return &Atoms{family: f, starts: slices.Clip(slices.Compact(starts))}
}

// Last returns the last address of a masked prefix.
func Last(p netip.Prefix) netip.Addr {
	bytes := p.Addr().AsSlice()
	for bit := p.Bits(); bit < len(bytes)*8; bit++ {
		bytes[bit/8] |= 1 << (7 - bit%8)
	}
	last, _ := netip.AddrFromSlice(bytes)
	return last
}

// Family returns the family divided.
func (a *Atoms) Family() Family { return a.family }

// Len returns how many atoms there are; at least one.
func (a *Atoms) Len() int { return len(a.starts) }

// Find returns the atom of an address of the family.
func (a *Atoms) Find(ip netip.Addr) int {
	return sort.Search(len(a.starts), func(i int) bool { return ip.Less(a.starts[i]) }) - 1
}

// Bounds returns the first and the last address of a span that is not empty.
func (a *Atoms) Bounds(s Span) (first, last netip.Addr) {
	first = a.starts[s.Lo]
	if s.Hi < len(a.starts) {
		return first, a.starts[s.Hi].Prev()
	}
	return first, Last(netip.PrefixFrom(a.family.first(), 0))
}

// Overlap returns the atoms that a masked prefix has addresses in. They lie
// within the prefix when it was one of those that made the division.
func (a *Atoms) Overlap(p netip.Prefix) Span {
	if Of(p.Addr()) != a.family {
		return Span{}
	}
	return Span{a.Find(p.Addr()), a.Find(Last(p)) + 1}
}

// Cover returns the atoms of nets without those of except, as sorted spans that
// do not touch. All of them were among the prefixes that made the division.
func (a *Atoms) Cover(nets, except []netip.Prefix) []Span {
	return subtract(a.union(nets), a.union(except))
}

func (a *Atoms) union(prefixes []netip.Prefix) []Span {
	var spans []Span
	for _, p := range prefixes {
		if s := a.Overlap(p); s.Lo < s.Hi {
			spans = append(spans, s)
		}
	}
	return Union(spans)
}

// Union returns spans sorted and joined where they touch. It changes the order
// of its argument.
func Union(spans []Span) []Span {
	slices.SortFunc(spans, func(x, y Span) int { return x.Lo - y.Lo })
	var out []Span
	for _, s := range spans {
		if n := len(out); n > 0 && s.Lo <= out[n-1].Hi {
			out[n-1].Hi = max(out[n-1].Hi, s.Hi)
		} else {
			out = append(out, s)
		}
	}
	return out
}

func subtract(from, what []Span) []Span {
	var out []Span
	for _, s := range from {
		for _, w := range what {
			if w.Hi <= s.Lo || w.Lo >= s.Hi {
				continue
			}
			if w.Lo > s.Lo {
				out = append(out, Span{s.Lo, w.Lo})
			}
			s.Lo = w.Hi
		}
		if s.Lo < s.Hi {
			out = append(out, s)
		}
	}
	return out
}

// Contains reports whether an atom lies in one of sorted spans.
func Contains(spans []Span, atom int) bool {
	i := sort.Search(len(spans), func(i int) bool { return atom < spans[i].Hi })
	return i < len(spans) && spans[i].Lo <= atom
}
