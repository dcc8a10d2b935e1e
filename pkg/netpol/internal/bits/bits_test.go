package bits_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/bits"
)

// random returns a set in one of its forms and the same as a plain list.
func random(r *rand.Rand, n int) (bits.Set, []int) {
	odds := []int{0, 1, 50, 99, 100}[r.IntN(5)]
	var ids []uint32
	var list []int
	b := bits.NewBuilder(n)
	for i := range n {
		if r.IntN(100) < odds {
			ids, list = append(ids, uint32(i)), append(list, i)
			b.Add(i)
		}
	}
	if r.IntN(2) == 0 {
		return b.Set(), list
	}
	return bits.Of(n, ids), list
}

func filter(n int, keep func(int) bool) []int {
	var out []int
	for i := range n {
		if keep(i) {
			out = append(out, i)
		}
	}
	return out
}

// TestAgainstLists holds every operation, on every pair of forms, against lists.
func TestAgainstLists(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 7))
	for range 400 {
		n := []int{1, 63, 64, 65, 200, 4000}[r.IntN(6)]
		a, la := random(r, n)
		b, lb := random(r, n)
		inA := func(i int) bool { _, ok := slices.BinarySearch(la, i); return ok }
		inB := func(i int) bool { _, ok := slices.BinarySearch(lb, i); return ok }
		lo := r.IntN(n)
		hi := lo + r.IntN(n-lo+1)
		for name, pair := range map[string][2][]int{
			"And":     {slices.Collect(a.And(b).All()), filter(n, func(i int) bool { return inA(i) && inB(i) })},
			"Or":      {slices.Collect(a.Or(b).All()), filter(n, func(i int) bool { return inA(i) || inB(i) })},
			"Minus":   {slices.Collect(a.Minus(b).All()), filter(n, func(i int) bool { return inA(i) && !inB(i) })},
			"All":     {slices.Collect(a.All()), la},
			"Between": {slices.Collect(a.Between(lo, hi)), filter(n, func(i int) bool { return lo <= i && i < hi && inA(i) })},
			"Span":    {slices.Collect(bits.Span(n, lo, hi).All()), filter(n, func(i int) bool { return lo <= i && i < hi })},
		} {
			if diff := cmp.Diff(pair[1], pair[0]); diff != "" {
				t.Fatalf("%s of %d (-want +got):\n%s", name, n, diff)
			}
		}
		both := slices.ContainsFunc(la, inB)
		if a.Meets(b) != both || a.Len() != len(la) || a.Empty() != (len(la) == 0) || a.IsFull() != (len(la) == n) {
			t.Fatalf("Meets, Len, Empty or IsFull differ for %v and %v", la, lb)
		}
		if i := r.IntN(n); a.Contains(i) != inA(i) {
			t.Fatalf("Contains(%d) differs for %v", i, la)
		}
	}
}

// TestStop: a reader may stop at any time.
func TestStop(t *testing.T) {
	t.Parallel()
	for _, s := range []bits.Set{bits.Full(100), bits.Of(100, []uint32{3, 5}), bits.Span(100, 1, 60)} {
		for range s.All() {
			break
		}
	}
}
