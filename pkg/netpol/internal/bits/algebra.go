package bits

import "slices"

// And returns the numbers that are in both.
func (s Set) And(t Set) Set {
	switch {
	case s.full || t.Empty():
		return t
	case t.full || s.Empty():
		return s
	case s.words == nil:
		return s.filter(t, true)
	case t.words == nil:
		return t.filter(s, true)
	}
	words := make([]uint64, len(s.words))
	for i := range words {
		words[i] = s.words[i] & t.words[i]
	}
	return ofWords(s.n, words)
}

// Minus returns the numbers of s that are not in t.
func (s Set) Minus(t Set) Set {
	switch {
	case t.full:
		return None(s.n)
	case t.Empty() || s.Empty():
		return s
	case s.full:
		return t.complement()
	case s.words == nil:
		return s.filter(t, false)
	}
	words := slices.Clone(s.words)
	if t.words == nil {
		for _, i := range t.ids {
			words[i/64] &^= 1 << (i % 64)
		}
	} else {
		for i := range words {
			words[i] &^= t.words[i]
		}
	}
	return ofWords(s.n, words)
}

// Or returns the numbers that are in s or in t.
func (s Set) Or(t Set) Set {
	switch {
	case s.full || t.Empty():
		return s
	case t.full || s.Empty():
		return t
	case s.words == nil && t.words == nil:
		return Of(s.n, merge(s.ids, t.ids))
	case s.words == nil:
		s, t = t, s
	}
	words := slices.Clone(s.words)
	t.setIn(words)
	return ofWords(s.n, words)
}

// setIn sets the bits of s, which is not full.
func (s Set) setIn(words []uint64) {
	if s.words == nil {
		for _, i := range s.ids {
			words[i/64] |= 1 << (i % 64)
		}
		return
	}
	for i, w := range s.words {
		words[i] |= w
	}
}

// Meets reports whether some number is in both.
func (s Set) Meets(t Set) bool {
	switch {
	case s.full:
		return !t.Empty()
	case t.full:
		return !s.Empty()
	case s.words != nil && t.words != nil:
		for i, w := range s.words {
			if w&t.words[i] != 0 {
				return true
			}
		}
		return false
	case s.words != nil:
		s, t = t, s
	}
	for _, i := range s.ids {
		if t.Contains(int(i)) {
			return true
		}
	}
	return false
}

// filter returns the numbers of s, a list, whose being in t is as asked.
func (s Set) filter(t Set, in bool) Set {
	var ids []uint32
	for at, i := range s.ids {
		if t.Contains(int(i)) == in {
			if ids == nil {
				ids = make([]uint32, 0, len(s.ids)-at)
			}
			ids = append(ids, i)
		}
	}
	if len(ids) == len(s.ids) {
		return s
	}
	return Set{n: s.n, ids: ids}
}

func (s Set) complement() Set {
	words := make([]uint64, (s.n+63)/64)
	s.setIn(words)
	for i := range words {
		words[i] = ^words[i]
	}
	if r := s.n % 64; r != 0 {
		words[len(words)-1] &= 1<<r - 1
	}
	return ofWords(s.n, words)
}

// merge returns the union of two sorted lists.
func merge(a, b []uint32) []uint32 {
	out := make([]uint32, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			out, a = append(out, a[0]), a[1:]
		case a[0] > b[0]:
			out, b = append(out, b[0]), b[1:]
		default:
			out, a, b = append(out, a[0]), a[1:], b[1:]
		}
	}
	out = append(out, a...)
	return append(out, b...)
}

// Builder gathers a set number by number, in any order.
type Builder struct {
	n     int
	full  bool
	words []uint64
}

// NewBuilder returns an empty builder for numbers below n.
func NewBuilder(n int) *Builder { return &Builder{n: n, words: make([]uint64, (n+63)/64)} }

// Add puts one number in.
func (b *Builder) Add(i int) { b.words[i/64] |= 1 << (i % 64) }

// AddSet puts all of s in.
func (b *Builder) AddSet(s Set) {
	if s.full {
		b.full = true
		return
	}
	s.setIn(b.words)
}

// Set returns what was gathered. The builder must not be used afterwards.
func (b *Builder) Set() Set {
	if b.full {
		return Full(b.n)
	}
	return ofWords(b.n, b.words)
}
