package space

import (
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/bits"
)

// division is a partition that is refined set by set.
type division struct {
	block []int32 // by element
	size  []int32 // by block
	free  []int32 // blocks of size 0
	to    []int32 // by block: where its part inside the set goes
	stamp []int32
	round int32
}

func newDivision(n int) *division {
	return &division{block: make([]int32, n), size: []int32{int32(n)}, to: []int32{0}, stamp: []int32{0}}
}

// split divides every block into what lies in s and what does not.
func (d *division) split(s bits.Set) {
	if s.IsFull() || s.Empty() {
		return
	}
	d.round++
	for i := range s.All() {
		b := d.block[i]
		if d.stamp[b] != d.round {
			d.stamp[b] = d.round
			d.to[b] = d.newBlock()
			d.stamp[d.to[b]] = d.round
			d.to[d.to[b]] = d.to[b]
		}
		d.size[b]--
		d.size[d.to[b]]++
		d.block[i] = d.to[b]
		if d.size[b] == 0 {
			d.free = append(d.free, b)
		}
	}
}

func (d *division) newBlock() int32 {
	if n := len(d.free); n > 0 {
		id := d.free[n-1]
		d.free = d.free[:n-1]
		return id
	}
	d.size = append(d.size, 0)
	d.to = append(d.to, 0)
	d.stamp = append(d.stamp, 0)
	return int32(len(d.size)) - 1
}

// number returns the block of each element, numbered by first appearance.
func (d *division) number() []int32 {
	names := slices.Repeat([]int32{-1}, len(d.size))
	next := int32(0)
	for i, b := range d.block {
		if names[b] < 0 {
			names[b] = next
			next++
		}
		d.block[i] = names[b]
	}
	return d.block
}
