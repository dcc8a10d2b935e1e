package netpol

import (
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/rules"
)

// External returns what a pod and the addresses outside may exchange: for
// Ingress from where it can be reached, for Egress what it can reach. Ranges are
// maximal, disjoint and sorted; those without any port are left out.
func (e *Engine) External(pod int, d Direction) []RangePorts {
	var out []RangePorts
	for _, p := range e.planes {
		if entity := p.entityOf(e, pod); entity >= 0 {
			out = append(out, p.external([]int{entity}, d)...)
		}
	}
	return out
}

// external returns what any of the entities and the addresses may exchange.
func (p *plane) external(entities []int, d rules.Direction) []RangePorts {
	byAtom := make([]ports.Set, p.atoms.Len())
	for _, entity := range entities {
		p.addExternal(entity, d, byAtom)
	}
	return p.ranges(byAtom)
}

func (p *plane) addExternal(entity int, d rules.Direction, byAtom []ports.Set) {
	one := &profile{rest: ports.All()}
	if entity < len(p.classes) {
		one = p.profiles[d][p.profileOf[d][entity]]
	}
	own := slices.Repeat([]ports.Set{one.rest}, len(byAtom))
	for i := range one.parts {
		for atom := range one.parts[i].set.Between(p.firstAtom(), p.n) {
			own[atom-p.firstAtom()] = one.parts[i].ports
		}
	}
	for i := range byAtom {
		byAtom[i] = byAtom[i].Union(own[i])
	}
}

// ranges joins neighbouring atoms with the same ports.
func (p *plane) ranges(byAtom []ports.Set) []RangePorts {
	var out []RangePorts
	for lo := 0; lo < len(byAtom); {
		hi := lo + 1
		for hi < len(byAtom) && byAtom[hi] == byAtom[lo] {
			hi++
		}
		if !byAtom[lo].Empty() {
			first, last := p.atoms.Bounds(addr.Span{Lo: lo, Hi: hi})
			out = append(out, RangePorts{Range{first, last}, byAtom[lo]})
		}
		lo = hi
	}
	return out
}

// reached is a range as a peer, with the ports of one flow.
type reached struct {
	peer  *Peer
	ports ports.Set
}

// outside finds the flows between units and ranges; each range is one peer.
type outside struct {
	e     *Engine
	u     *units
	peers map[Range]*Peer
	memo  [2][][][]RangePorts // by Direction, plane and entity
}

func newOutside(e *Engine, u *units) *outside {
	o := &outside{e: e, u: u, peers: make(map[Range]*Peer)}
	for d := range o.memo {
		for _, p := range e.planes {
			o.memo[d] = append(o.memo[d], make([][]RangePorts, p.firstAtom()))
		}
	}
	return o
}

// of returns what a unit and the ranges exchange, in the order of addresses.
func (o *outside) of(id int, d rules.Direction) []RangePorts {
	var out []RangePorts
	for at, p := range o.e.planes {
		switch members := o.u.list[id].members[at]; len(members) {
		case 0:
		case 1:
			memo := &o.memo[d][at][members[0].entity]
			if *memo == nil {
				*memo = append([]RangePorts{}, p.external([]int{int(members[0].entity)}, d)...)
			}
			out = append(out, *memo...)
		default:
			entities := make([]int, len(members))
			for i, m := range members {
				entities[i] = int(m.entity)
			}
			out = append(out, p.external(entities, d)...)
		}
	}
	return out
}

func (o *outside) peer(r Range) *Peer {
	p, ok := o.peers[r]
	if !ok {
		p = &Peer{Kind: RangePeer, First: r.First, Last: r.Last, label: r.String()}
		o.peers[r] = p
	}
	return p
}

// outgoing returns the ranges that a unit reaches, sorted by name.
func (o *outside) outgoing(id int) []reached {
	var out []reached
	for _, r := range o.of(id, rules.Egress) {
		out = append(out, reached{o.peer(r.Range), r.Ports})
	}
	slices.SortFunc(out, func(a, b reached) int { return byLabel(a.peer, b.peer) })
	return out
}

// incoming is a range and the units it reaches.
type incoming struct {
	source *Peer
	to     []reached
}

// incoming returns the ranges that reach a unit, sorted by name.
func (o *outside) incoming() []incoming {
	at := make(map[*Peer]int)
	var out []incoming
	for id := range o.u.list {
		for _, r := range o.of(id, rules.Ingress) {
			source := o.peer(r.Range)
			i, ok := at[source]
			if !ok {
				i = len(out)
				at[source] = i
				out = append(out, incoming{source: source})
			}
			out[i].to = append(out[i].to, reached{o.u.list[id].peer, r.Ports})
		}
	}
	slices.SortFunc(out, func(a, b incoming) int { return byLabel(a.source, b.source) })
	return out
}

func (i *incoming) emit(yield func(Flow) bool) bool {
	for _, to := range i.to {
		if !yield(Flow{i.source, to.peer, to.ports}) {
			return false
		}
	}
	return true
}
