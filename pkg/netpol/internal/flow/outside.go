package flow

import (
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/verdict"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// reached is a range as a peer, with the ports of one flow.
type reached struct {
	peer  *Peer
	ports ports.Set
}

// outside finds the flows between units and ranges; each range is one peer.
type outside struct {
	m     *verdict.Model
	u     *Units
	peers map[Range]*Peer
	cache map[cacheKey][]RangePorts
	lists map[cacheKey][]reached
	buf   atomPorts
}

// cacheKey is a profile, on which alone it depends what a single class exchanges
// with addresses; nil is that of a host.
type cacheKey struct {
	profile *verdict.Profile
	view    int
}

func newOutside(m *verdict.Model, u *Units) *outside {
	return &outside{m: m, u: u, peers: make(map[Range]*Peer), cache: make(map[cacheKey][]RangePorts),
		lists: make(map[cacheKey][]reached)}
}

// exchanged returns what a unit and the ranges exchange, in the order of
// addresses. Where it is shared, it is the same for every unit with that key.
func (o *outside) exchanged(id int, d rules.Direction) (out []RangePorts, key cacheKey, shared bool) {
	count := 0
	for at, v := range o.m.Views {
		members := o.u.List[id].Members[at]
		count += len(members)
		switch len(members) {
		case 0:
		case 1:
			key = cacheKey{v.Profile(int(members[0].Entity), d), at}
			one, ok := o.cache[key]
			if !ok {
				one = o.buf.external(v, members, d)
				o.cache[key] = one
			}
			out = append(out, one...)
		default:
			out = append(out, o.buf.external(v, members, d)...)
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
	list, key, shared := o.exchanged(id, rules.Egress)
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
	for id := range o.u.List {
		list, _, _ := o.exchanged(id, rules.Ingress)
		for _, r := range list {
			source := o.peer(r.Range)
			i, ok := at[source]
			if !ok {
				i = len(out)
				at[source] = i
				out = append(out, incoming{source: source})
			}
			out[i].to = append(out[i].to, reached{o.u.List[id].Peer, r.Ports})
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
