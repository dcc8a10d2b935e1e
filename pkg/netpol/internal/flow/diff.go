package flow

import (
	"iter"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/verdict"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// Diff yields every pair of peers whose allowed ports differ between two models of
// the same address families that divide the addresses at the same places, sorted
// like All. Peers are matched by name; a workload that is shown pod by pod in one
// model is so in the other.
func Diff(older, newer *verdict.Model, o Options) iter.Seq[Change] {
	return func(yield func(Change) bool) { newComparison(older, newer, o).run(o.External, yield) }
}

// comparison walks two states side by side. Index 0 is the older one.
type comparison struct {
	m     [2]*verdict.Model
	u     [2]*Units
	walks [2]*walk
	buf   [2]atomPorts
	peers map[Range]*Peer
}

func newComparison(a, b *verdict.Model, o Options) *comparison {
	c := &comparison{m: [2]*verdict.Model{a, b}, peers: make(map[Range]*Peer)}
	first := NewUnits(a, o.By, nil).divided
	c.u[1] = NewUnits(b, o.By, first)
	c.u[0] = NewUnits(a, o.By, c.u[1].divided)
	for i := range c.u {
		c.walks[i] = newWalk(c.m[i], c.u[i])
	}
	return c
}

// pair is a unit by its ids in the two states; -1 where it does not exist.
type pair [2]int

// pairs returns all units of both states, sorted by name.
func (c *comparison) pairs() []pair {
	var out []pair
	a, b := c.u[0].List, c.u[1].List
	for i, j := 0, 0; i < len(a) || j < len(b); {
		var order int
		switch {
		case i == len(a):
			order = 1
		case j == len(b):
			order = -1
		default:
			order = byLabel(a[i].Peer, b[j].Peer)
		}
		one := pair{-1, -1}
		if order <= 0 {
			one[0] = i
			i++
		}
		if order >= 0 {
			one[1] = j
			j++
		}
		out = append(out, one)
	}
	return out
}

func (c *comparison) peer(p pair) *Peer {
	if p[1] >= 0 {
		return c.u[1].List[p[1]].Peer
	}
	return c.u[0].List[p[0]].Peer
}

func (c *comparison) run(external bool, yield func(Change) bool) {
	pairs := c.pairs()
	var from []Change
	if external {
		for _, p := range pairs {
			from = append(from, c.ranges(p, rules.Ingress)...)
		}
		slices.SortStableFunc(from, func(a, b Change) int { return byLabel(a.Source, b.Source) })
	}
	for _, p := range pairs {
		label := c.peer(p).label
		for ; len(from) > 0 && from[0].Source.label < label; from = from[1:] {
			if !yield(from[0]) {
				return
			}
		}
		changes := c.changes(p)
		if external {
			changes = append(changes, c.ranges(p, rules.Egress)...)
			slices.SortStableFunc(changes, func(a, b Change) int { return byLabel(a.Destination, b.Destination) })
		}
		for _, one := range changes {
			if !yield(one) {
				return
			}
		}
	}
	for _, one := range from {
		if !yield(one) {
			return
		}
	}
}

// changes compares what a unit reaches.
func (c *comparison) changes(p pair) []Change {
	var lists [2][]Flow
	for i, id := range p {
		if id >= 0 {
			c.walks[i].emit(id, nil, func(f Flow) bool {
				lists[i] = append(lists[i], f)
				return true
			})
		}
	}
	var out []Change
	for a, b := lists[0], lists[1]; len(a) > 0 || len(b) > 0; {
		var was, is ports.Set
		var to *Peer
		order := -1
		if len(a) == 0 {
			order = 1
		} else if len(b) > 0 {
			order = strings.Compare(a[0].Destination.label, b[0].Destination.label)
		}
		if order <= 0 {
			was, to, a = a[0].Ports, a[0].Destination, a[1:]
		}
		if order >= 0 {
			is, to, b = b[0].Ports, b[0].Destination, b[1:]
		}
		if was != is {
			out = append(out, Change{c.peer(p), to, is.Minus(was), was.Minus(is)})
		}
	}
	return out
}

// ranges compares what a unit and the addresses exchange.
func (c *comparison) ranges(p pair, d rules.Direction) []Change {
	var out []Change
	for at, v := range c.m[0].Views {
		var by [2][]ports.Set
		for i, id := range p {
			by[i] = make([]ports.Set, v.Atoms.Len())
			if id >= 0 && len(c.u[i].List[id].Members[at]) > 0 {
				c.buf[i].sumPorts(c.m[i].Views[at], c.u[i].List[id].Members[at], d)
				by[i] = c.buf[i].sum
			}
		}
		for lo := 0; lo < len(by[0]); {
			hi := lo + 1
			for hi < len(by[0]) && by[0][hi] == by[0][lo] && by[1][hi] == by[1][lo] {
				hi++
			}
			if was, is := by[0][lo], by[1][lo]; was != is {
				out = append(out, c.change(v, p, addr.Span{Lo: lo, Hi: hi}, d, was, is))
			}
			lo = hi
		}
	}
	return out
}

func (c *comparison) change(v *verdict.View, p pair, s addr.Span, d rules.Direction, was, is ports.Set) Change {
	first, last := v.Atoms.Bounds(s)
	r := Range{first, last}
	outside, ok := c.peers[r]
	if !ok {
		outside = &Peer{Kind: RangePeer, First: first, Last: last, label: r.String()}
		c.peers[r] = outside
	}
	out := Change{outside, c.peer(p), is.Minus(was), was.Minus(is)}
	if d == rules.Egress {
		out.Source, out.Destination = c.peer(p), outside
	}
	return out
}
