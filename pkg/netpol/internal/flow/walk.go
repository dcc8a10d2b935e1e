package flow

import (
	"iter"
	"math/bits"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/verdict"
)

// All yields every allowed flow, sorted by source, then destination, as their
// names sort. A pod to itself is left out, and so are flows between two ranges.
func All(m *verdict.Model, o Options) iter.Seq[Flow] {
	return func(yield func(Flow) bool) {
		mergeFlows(m, NewUnits(m, o.By, nil), o.External, yield)
	}
}

// mergeFlows merges two sorted sources: the units, and the ranges that reach them.
func mergeFlows(m *verdict.Model, u *Units, external bool, yield func(Flow) bool) {
	w := newWalk(m, u)
	var from []incoming
	var out *outside
	if external {
		out = newOutside(m, u)
		from = out.incoming()
	}
	at := 0
	for id := range u.List {
		for ; at < len(from) && from[at].source.label < u.List[id].Peer.label; at++ {
			if !from[at].emit(yield) {
				return
			}
		}
		if !w.emit(id, out, yield) {
			return
		}
	}
	for ; at < len(from); at++ {
		if !from[at].emit(yield) {
			return
		}
	}
}

// walk visits sources one after the other and gathers what each reaches. Its
// buffers are by unit and are empty between two sources.
type walk struct {
	m     *verdict.Model
	u     *Units
	pool  *verdict.PortPool
	ports []verdict.PortID
	mark  []uint64 // units with ports
	out   []dest
	cache map[[2]int32][]dest // by view and class: what it reaches, itself included
	spare int                 // how many more may be cached
}

// dest is a unit reached.
type dest struct {
	unit  int32
	ports verdict.PortID
}

// maxCached bounds what a walk caches of classes that several units share.
const maxCached = 1 << 20

func newWalk(m *verdict.Model, u *Units) *walk {
	return &walk{m: m, u: u, pool: m.Pool.Fork(), spare: maxCached, cache: make(map[[2]int32][]dest),
		ports: make([]verdict.PortID, len(u.List)), mark: make([]uint64, (len(u.List)+63)/64)}
}

// emit yields the flows of one unit, with the ranges it reaches sorted in.
func (w *walk) emit(id int, out *outside, yield func(Flow) bool) bool {
	var ranges []reached
	if out != nil {
		ranges = out.outgoing(id)
	}
	source := w.u.List[id].Peer
	for _, d := range w.reached(id) {
		if int(d.unit) == id && !w.hasSeveral(id) {
			continue
		}
		to := w.u.List[d.unit].Peer
		for ; len(ranges) > 0 && ranges[0].peer.label < to.label; ranges = ranges[1:] {
			if !yield(Flow{source, ranges[0].peer, ranges[0].ports}) {
				return false
			}
		}
		if !yield(Flow{source, to, w.pool.Ports(d.ports)}) {
			return false
		}
	}
	for _, r := range ranges {
		if !yield(Flow{source, r.peer, r.ports}) {
			return false
		}
	}
	return true
}

// hasSeveral reports whether a unit stands for more than one pod, so that it can
// reach itself at all: a pod to itself is no flow.
func (w *walk) hasSeveral(id int) bool { return w.u.List[id].replicas > 1 }

// reached returns the units that a unit reaches, in their order. The result is
// valid until the next call.
func (w *walk) reached(id int) []dest {
	key, ok := w.shared(id)
	if ok {
		if list, ok := w.cache[key]; ok {
			return list
		}
	}
	w.gather(id)
	w.out = w.drain(w.out[:0])
	if ok && len(w.out) <= w.spare {
		w.spare -= len(w.out)
		w.cache[key] = slices.Clone(w.out)
	}
	return w.out
}

// shared reports whether what a unit reaches is the same for every unit of its
// class: it has just one, and no node matters.
func (w *walk) shared(id int) (key [2]int32, ok bool) {
	for at, v := range w.m.Views {
		for _, one := range w.u.List[id].Members[at] {
			if ok || int(one.Entity) >= len(v.Classes) || w.m.NodeReachable {
				return key, false
			}
			key, ok = [2]int32{int32(at), one.Entity}, true
		}
	}
	return key, ok
}

// gather finds what a unit reaches.
func (w *walk) gather(id int) {
	_, shared := w.shared(id)
	for at, v := range w.m.Views {
		for _, one := range w.u.List[id].Members[at] {
			v.EachDestination(int(one.Entity), w.pool, func(b int, allowed verdict.PortID) {
				for _, to := range w.u.at[at][b] {
					if int(to) != id || shared || w.reachesOther(id, at, int(one.Entity), b) {
						w.addPorts(int(to), allowed)
					}
				}
			})
		}
	}
	w.addOwnNode(id)
}

// reachesOther reports whether a unit that reaches itself, from entity a to entity
// b, does so from one pod to another: a pod to itself is no flow.
func (w *walk) reachesOther(id, view, a, b int) bool {
	if a != b {
		return w.u.List[id].replicas > 1
	}
	for _, one := range w.u.List[id].Members[view] {
		if int(one.Entity) == a {
			return one.pods > 1
		}
	}
	return false
}

func (w *walk) addPorts(to int, allowed verdict.PortID) {
	bit := uint64(1) << (to % 64)
	if w.mark[to/64]&bit == 0 {
		w.mark[to/64] |= bit
		w.ports[to] = allowed
	} else {
		w.ports[to] = w.pool.Or(w.ports[to], allowed)
	}
}

// addOwnNode adds what is always allowed between a node and its own pods.
func (w *walk) addOwnNode(id int) {
	for _, i := range w.u.List[id].Peer.Pods {
		from := w.m.PlaceOf(i)
		if from.Node < 0 {
			continue
		}
		for _, j := range w.m.Inventory.Nodes[from.Node].Pods {
			to := w.u.of[j]
			if int(j) != i && to >= 0 && w.m.OwnNode(from, w.m.PlaceOf(int(j))) {
				w.addPorts(int(to), verdict.AllPorts)
			}
		}
	}
}

// drain appends what was gathered, by unit, and empties the buffers.
func (w *walk) drain(out []dest) []dest {
	for i := range w.mark {
		for word := w.mark[i]; word != 0; word &= word - 1 {
			to := i*64 + bits.TrailingZeros64(word)
			out = append(out, dest{int32(to), w.ports[to]})
		}
		w.mark[i] = 0
	}
	return out
}
