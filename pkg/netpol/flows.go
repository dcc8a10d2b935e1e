package netpol

import (
	"iter"
	"math/bits"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
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
	meet  meeter
	ports []ports.Set
	mark  []uint64 // units with ports
}

func newWalk(e *Engine, u *units) *walk {
	return &walk{e: e, u: u, meet: make(meeter),
		ports: make([]ports.Set, len(u.list)), mark: make([]uint64, (len(u.list)+63)/64)}
}

// emit yields the flows of one unit, with the ranges it reaches sorted in.
func (w *walk) emit(id int, out *outside, yield func(Flow) bool) bool {
	w.gather(id)
	var ranges []reached
	if out != nil {
		ranges = out.outgoing(id)
	}
	source := w.u.list[id].peer
	done := false
	for dest := range w.drain() {
		if done {
			continue // the buffers have to be emptied all the same
		}
		to := w.u.list[dest.unit].peer
		for len(ranges) > 0 && ranges[0].peer.label < to.label && !done {
			done = !yield(Flow{source, ranges[0].peer, ranges[0].ports})
			ranges = ranges[1:]
		}
		done = done || !yield(Flow{source, to, dest.ports})
	}
	for _, r := range ranges {
		done = done || !yield(Flow{source, r.peer, r.ports})
	}
	return !done
}

// gather finds what a unit reaches.
func (w *walk) gather(id int) {
	for at, p := range w.e.planes {
		for _, m := range w.u.list[id].members[at] {
			p.reach(int(m.entity), w.meet, func(b int, allowed ports.Set) {
				for _, to := range w.u.at[at][b] {
					if int(to) != id || w.others(id, at, int(m.entity), b) {
						w.put(int(to), allowed)
					}
				}
			})
		}
	}
	w.sameNode(id)
}

// others tells whether a unit that reaches itself, from entity a to entity b,
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

func (w *walk) put(to int, allowed ports.Set) {
	bit := uint64(1) << (to % 64)
	if w.mark[to/64]&bit == 0 {
		w.mark[to/64] |= bit
		w.ports[to] = allowed
	} else if w.ports[to] != allowed {
		w.ports[to] = w.ports[to].Union(allowed)
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
				w.put(int(to), ports.All())
			}
		}
	}
}

// ownNode tells whether a flow between two pods of one node is allowed whatever
// the policies: from the node to its pod, and, by the API's documentation but
// not under Calico and Cilium, back.
func (e *Engine) ownNode(from, to *pod) bool {
	if from.node < 0 || from.node != to.node {
		return false
	}
	return from.standing == onHostNetwork || e.cni == Generic && to.standing == onHostNetwork
}

// dest is a unit reached.
type dest struct {
	unit  int
	ports ports.Set
}

// drain yields what was gathered, by unit, and empties the buffers. It has to be
// read to the end.
func (w *walk) drain() iter.Seq[dest] {
	return func(yield func(dest) bool) {
		for i := range w.mark {
			for word := w.mark[i]; word != 0; word &= word - 1 {
				to := i*64 + bits.TrailingZeros64(word)
				if !yield(dest{to, w.ports[to]}) {
					return
				}
			}
			w.mark[i] = 0
		}
	}
}

// label order of peers is that of their names.
func byLabel(a, b *Peer) int { return strings.Compare(a.label, b.label) }
