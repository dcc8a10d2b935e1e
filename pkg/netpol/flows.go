package netpol

import (
	"iter"
	"math/bits"
	"slices"
	"strings"
)

// Flows yields every allowed flow, sorted by source, then destination, as their
// names sort. A pod to itself is left out, and so are flows between two ranges.
func (e *Engine) Flows(o FlowOptions) iter.Seq[Flow] {
	return func(yield func(Flow) bool) {
		e.flows(newUnits(e, o.By, nil), o.External, yield)
	}
}

// flows merges two sorted sources: the units, and the ranges that reach them.
func (e *Engine) flows(u *units, external bool, yield func(Flow) bool) {
	w := newWalk(e, u)
	var from []incoming
	var out *outside
	if external {
		out = newOutside(e, u)
		from = out.incoming()
	}
	at := 0
	for id := range u.list {
		for ; at < len(from) && from[at].source.label < u.list[id].peer.label; at++ {
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
	e     *Engine
	u     *units
	pool  *pool
	ports []portID
	mark  []uint64 // units with ports
	out   []dest
	memo  map[[2]int32][]dest // by plane and class: what it reaches, itself included
	room  int                 // how many more may be remembered
}

// dest is a unit reached.
type dest struct {
	unit  int32
	ports portID
}

// memory bounds what a walk remembers of classes that several units share.
const memory = 1 << 20

func newWalk(e *Engine, u *units) *walk {
	return &walk{e: e, u: u, pool: e.pool.fork(), room: memory, memo: make(map[[2]int32][]dest),
		ports: make([]portID, len(u.list)), mark: make([]uint64, (len(u.list)+63)/64)}
}

// emit yields the flows of one unit, with the ranges it reaches sorted in.
func (w *walk) emit(id int, out *outside, yield func(Flow) bool) bool {
	var ranges []reached
	if out != nil {
		ranges = out.outgoing(id)
	}
	source := w.u.list[id].peer
	for _, d := range w.reached(id) {
		if int(d.unit) == id && !w.among(id) {
			continue
		}
		to := w.u.list[d.unit].peer
		for ; len(ranges) > 0 && ranges[0].peer.label < to.label; ranges = ranges[1:] {
			if !yield(Flow{source, ranges[0].peer, ranges[0].ports}) {
				return false
			}
		}
		if !yield(Flow{source, to, w.pool.sets[d.ports]}) {
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

// among reports whether a unit of one class can reach itself at all: a pod to
// itself is no flow.
func (w *walk) among(id int) bool { return w.u.list[id].replicas > 1 }

// reached returns the units that a unit reaches, in their order. The result is
// valid until the next call.
func (w *walk) reached(id int) []dest {
	key, ok := w.shared(id)
	if ok {
		if list, ok := w.memo[key]; ok {
			return list
		}
	}
	w.gather(id)
	w.out = w.drain(w.out[:0])
	if ok && len(w.out) <= w.room {
		w.room -= len(w.out)
		w.memo[key] = slices.Clone(w.out)
	}
	return w.out
}

// shared reports whether what a unit reaches is the same for every unit of its
// class: it has just one, and no node matters.
func (w *walk) shared(id int) (key [2]int32, ok bool) {
	for at, p := range w.e.planes {
		for _, m := range w.u.list[id].members[at] {
			if ok || int(m.entity) >= len(p.classes) || w.e.cni == Generic {
				return key, false
			}
			key, ok = [2]int32{int32(at), m.entity}, true
		}
	}
	return key, ok
}

// gather finds what a unit reaches.
func (w *walk) gather(id int) {
	_, shared := w.shared(id)
	for at, p := range w.e.planes {
		for _, m := range w.u.list[id].members[at] {
			p.reach(int(m.entity), w.pool, func(b int, allowed portID) {
				for _, to := range w.u.at[at][b] {
					if int(to) != id || shared || w.others(id, at, int(m.entity), b) {
						w.put(int(to), allowed)
					}
				}
			})
		}
	}
	w.sameNode(id)
}

// others reports whether a unit that reaches itself, from entity a to entity b,
// does so from one pod to another: a pod to itself is no flow.
func (w *walk) others(id, plane, a, b int) bool {
	if a != b {
		return w.u.list[id].replicas > 1
	}
	for _, m := range w.u.list[id].members[plane] {
		if int(m.entity) == a {
			return m.pods > 1
		}
	}
	return false
}

func (w *walk) put(to int, allowed portID) {
	bit := uint64(1) << (to % 64)
	if w.mark[to/64]&bit == 0 {
		w.mark[to/64] |= bit
		w.ports[to] = allowed
	} else {
		w.ports[to] = w.pool.or(w.ports[to], allowed)
	}
}

// sameNode adds what is always allowed between a node and its own pods.
func (w *walk) sameNode(id int) {
	for _, i := range w.u.list[id].peer.Pods {
		from := &w.e.c.pods[i]
		if from.node < 0 {
			continue
		}
		for _, j := range w.e.c.nodes[from.node].pods {
			to := w.u.of[j]
			if int(j) != i && to >= 0 && w.e.ownNode(from, &w.e.c.pods[j]) {
				w.put(int(to), allPorts)
			}
		}
	}
}

// ownNode reports whether a flow between two pods of one node is allowed whatever
// the policies: from the node to its pod, and, by the API's documentation but
// not under Calico and Cilium, back.
func (e *Engine) ownNode(from, to *pod) bool {
	if from.node < 0 || from.node != to.node {
		return false
	}
	return from.standing == onHostNetwork || e.cni == Generic && to.standing == onHostNetwork
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

// label order of peers is that of their names.
func byLabel(a, b *Peer) int { return strings.Compare(a.label, b.label) }
