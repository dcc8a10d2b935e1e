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
	var buf atomPorts
	for _, p := range e.planes {
		if entity := p.entityOf(e, pod); entity >= 0 {
			out = append(out, p.external([]member{{entity: int32(entity)}}, d, &buf)...)
		}
	}
	return out
}

// atomPorts is ports by atom, for use again and again.
type atomPorts struct{ sum, one []ports.Set }

// external returns what any of the members and the addresses may exchange.
func (p *plane) external(members []member, d rules.Direction, buf *atomPorts) []RangePorts {
	p.sumPorts(members, d, buf)
	return p.ranges(buf.sum)
}

// sumPorts writes what any of the members and each atom may exchange.
func (p *plane) sumPorts(members []member, d rules.Direction, buf *atomPorts) {
	for i, m := range members {
		one := p.profile(int(m.entity), d)
		into := &buf.sum
		if i > 0 {
			into = &buf.one
		}
		p.addressPorts(one, into)
		if i > 0 {
			for a := range buf.sum {
				buf.sum[a] = buf.sum[a].Union(buf.one[a])
			}
		}
	}
}

// profile returns that of a class; nil for a host, to which no policy applies.
func (p *plane) profile(entity int, d rules.Direction) *profile {
	if entity >= len(p.classes) {
		return nil
	}
	return p.profiles[d][p.profileOf[d][entity]]
}

// addressPorts writes what a profile allows with each atom.
func (p *plane) addressPorts(one *profile, out *[]ports.Set) {
	rest := ports.All()
	if one != nil {
		rest = one.rest
	}
	*out = (*out)[:0]
	for range p.atoms.Len() {
		*out = append(*out, rest)
	}
	if one == nil {
		return
	}
	for i := range one.parts {
		for atom := range one.parts[i].set.Between(p.firstAtom(), p.n) {
			(*out)[atom-p.firstAtom()] = one.parts[i].ports
		}
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
	memo  map[memoKey][]RangePorts
	lists map[memoKey][]reached
	buf   atomPorts
}

// memoKey is a profile, on which alone it depends what a single class exchanges
// with addresses; nil is that of a host.
type memoKey struct {
	profile *profile
	plane   int
}

func newOutside(e *Engine, u *units) *outside {
	return &outside{e: e, u: u, peers: make(map[Range]*Peer), memo: make(map[memoKey][]RangePorts),
		lists: make(map[memoKey][]reached)}
}

// of returns what a unit and the ranges exchange, in the order of addresses. With
// a key, it is the same for every unit with that key.
func (o *outside) of(id int, d rules.Direction) (out []RangePorts, key memoKey, shared bool) {
	count := 0
	for at, p := range o.e.planes {
		members := o.u.list[id].members[at]
		count += len(members)
		switch len(members) {
		case 0:
		case 1:
			key = memoKey{p.profile(int(members[0].entity), d), at}
			one, ok := o.memo[key]
			if !ok {
				one = p.external(members, d, &o.buf)
				o.memo[key] = one
			}
			out = append(out, one...)
		default:
			out = append(out, p.external(members, d, &o.buf)...)
		}
	}
	return out, key, count == 1
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
	list, key, shared := o.of(id, rules.Egress)
	if out, ok := o.lists[key]; ok && shared {
		return out
	}
	var out []reached
	for _, r := range list {
		out = append(out, reached{o.peer(r.Range), r.Ports})
	}
	slices.SortFunc(out, func(a, b reached) int { return byLabel(a.peer, b.peer) })
	if shared {
		o.lists[key] = out
	}
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
		list, _, _ := o.of(id, rules.Ingress)
		for _, r := range list {
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
