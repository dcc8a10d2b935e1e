package bits

import (
	"iter"
	"math/bits"
	"slices"
)

// Set is a subset of the numbers from 0 to a bound. Sets that meet in one
// operation have the same bound. Sets share memory and never change.
type Set struct {
	n     int
	full  bool
	ids   []uint32 // sorted; when words is nil
	words []uint64
}

// sparse reports whether count numbers below n are kept as a list.
func sparse(count, n int) bool { return count <= n/32 }

// None returns the empty set.
func None(n int) Set { return Set{n: n} }

// Full returns the set of all numbers below n.
func Full(n int) Set { return Set{n: n, full: n > 0} }

// Of returns the set of the given numbers, which are sorted and differ. It keeps
// ids.
func Of(n int, ids []uint32) Set {
	switch {
	case len(ids) == n:
		return Full(n)
	case sparse(len(ids), n):
		return Set{n: n, ids: ids}
	}
	words := make([]uint64, (n+63)/64)
	for _, i := range ids {
		words[i/64] |= 1 << (i % 64)
	}
	return Set{n: n, words: words}
}

// Span returns the set of the numbers from lo up to, but without, hi.
func Span(n, lo, hi int) Set {
	if lo >= hi {
		return None(n)
	}
	ids := make([]uint32, 0, hi-lo)
	for i := lo; i < hi; i++ {
		ids = append(ids, uint32(i))
	}
	return Of(n, ids)
}

// ofWords returns the set of the bits in words, which it keeps when it can.
func ofWords(n int, words []uint64) Set {
	count := 0
	for _, w := range words {
		count += bits.OnesCount64(w)
	}
	if count == n {
		return Full(n)
	}
	if !sparse(count, n) {
		return Set{n: n, words: words}
	}
	ids := make([]uint32, 0, count)
	for i, w := range words {
		for ; w != 0; w &= w - 1 {
			ids = append(ids, uint32(i*64+bits.TrailingZeros64(w)))
		}
	}
	return Set{n: n, ids: ids}
}

// Empty reports whether nothing is in s.
func (s Set) Empty() bool { return !s.full && s.words == nil && len(s.ids) == 0 }

// IsFull reports whether everything is in s.
func (s Set) IsFull() bool { return s.full }

// Len returns how many numbers are in s.
func (s Set) Len() int {
	switch {
	case s.full:
		return s.n
	case s.words == nil:
		return len(s.ids)
	}
	count := 0
	for _, w := range s.words {
		count += bits.OnesCount64(w)
	}
	return count
}

// Contains reports whether i is in s.
func (s Set) Contains(i int) bool {
	switch {
	case s.full:
		return true
	case s.words != nil:
		return s.words[i/64]&(1<<(i%64)) != 0
	}
	_, ok := slices.BinarySearch(s.ids, uint32(i))
	return ok
}

// All yields the numbers in s in ascending order.
func (s Set) All() iter.Seq[int] { return s.Between(0, s.n) }

// Between yields the numbers of s from lo up to, but without, hi.
func (s Set) Between(lo, hi int) iter.Seq[int] {
	return func(yield func(int) bool) {
		switch {
		case s.full:
			for i := lo; i < hi; i++ {
				if !yield(i) {
					return
				}
			}
		case s.words != nil:
			s.eachBit(lo, hi, yield)
		default:
			at, _ := slices.BinarySearch(s.ids, uint32(lo))
			for _, i := range s.ids[at:] {
				if int(i) >= hi || !yield(int(i)) {
					return
				}
			}
		}
	}
}

func (s Set) eachBit(lo, hi int, yield func(int) bool) {
	for at := lo / 64; at < len(s.words) && at*64 < hi; at++ {
		w := s.words[at]
		if at == lo/64 {
			w &= ^uint64(0) << (lo % 64)
		}
		for ; w != 0; w &= w - 1 {
			i := at*64 + bits.TrailingZeros64(w)
			if i >= hi || !yield(i) {
				return
			}
		}
	}
}

// Dense reports whether s takes memory in proportion to the bound.
func (s Set) Dense() bool { return s.words != nil }
