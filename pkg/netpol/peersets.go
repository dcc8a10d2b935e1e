package netpol

import (
	"encoding/binary"
	"net/netip"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/bits"
)

// resolveRules finds what every rule's peers match. Rules with the same peers
// share it.
func (t *setTable) resolveRules() {
	lists := make(map[string]int32)
	var sets []peerSet
	t.byRule = make([]peerSet, len(t.e.prog.rules))
	t.listOf = make([]int32, len(t.e.prog.rules))
	var key []byte
	for i := range t.e.prog.rules {
		key = t.appendKey(key[:0], RuleID(i))
		id, ok := lists[string(key)]
		if !ok {
			id = int32(len(sets))
			lists[string(key)] = id
			sets = append(sets, t.compute(RuleID(i)))
		}
		t.byRule[i], t.listOf[i] = sets[id], id
	}
	t.resolveLocal()
}

// resolveLocal finds which classes the rules are for that are not for all of
// those their policy selects.
func (t *setTable) resolveLocal() {
	seen := make(map[string]peerSet)
	var key []byte
	for i := range t.e.prog.rules {
		r := &t.e.prog.rules[i]
		if len(r.local) == 0 {
			continue
		}
		if t.local == nil {
			t.local = make([]peerSet, len(t.e.prog.rules))
		}
		key = t.appendPeer(key[:0], &r.local[0])
		set, ok := seen[string(key)]
		if !ok {
			set = t.peer(&r.local[0])
			seen[string(key)] = set
		}
		t.local[i] = set
	}
}

// appendKey appends what tells a rule's peers from others.
func (t *setTable) appendKey(b []byte, id RuleID) []byte {
	r := &t.e.prog.rules[id]
	if r.Unsure != "" {
		b = append(b, 'u')
	}
	if r.Any {
		return append(b, '*')
	}
	for _, block := range t.ruleBlocks[id] {
		b = binary.LittleEndian.AppendUint32(b, uint32(block))
	}
	for i := range r.peers {
		if !r.peers[i].plain() { // those are in the rule's blocks
			b = t.appendPeer(b, &r.peers[i])
		}
	}
	return b
}

func (t *setTable) appendPeer(b []byte, q *peer) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(q.pods))
	b = binary.LittleEndian.AppendUint32(b, uint32(q.notPods))
	for _, id := range t.blocksIn(q) {
		b = binary.LittleEndian.AppendUint32(b, uint32(id))
	}
	if q.Unknown != "" {
		b = append(b, '?')
	}
	return append(b, ',')
}

// blocksIn returns the blocks of one peer: its own, that of its network sets, and
// that of those it leaves out. -1 stands for none.
func (t *setTable) blocksIn(q *peer) [3]int32 {
	out := [3]int32{-1, -1, -1}
	if q.Block != nil {
		out[0] = t.block(t.spans(q.Peer), q.Block.Cluster, q.Block.Nodes)
	} else if q.Nodes != nil {
		out[0] = t.block(t.spans(q.Peer), true, false)
	}
	for i, nets := range [][]netip.Prefix{q.Sets, q.NotSets} {
		if len(nets) > 0 {
			out[i+1] = t.block(t.p.atoms.Cover(nets, nil), true, false)
		}
	}
	return out
}

func (t *setTable) compute(id RuleID) peerSet {
	r := &t.e.prog.rules[id]
	out := t.none()
	if r.Any {
		out = t.full()
	}
	for i := range r.peers {
		switch q := &r.peers[i]; {
		case q.Unknown != "":
			out.opaque = true
		case !q.plain():
			out = out.or(t.peer(q))
		}
	}
	for _, block := range t.ruleBlocks[id] {
		if block >= 0 {
			out = out.or(t.inBlock(&t.blocks[block]))
		}
	}
	if r.Unsure != "" {
		return out.unsure(t.p.n)
	}
	return out
}

// peer returns the entities that one peer matches by all that it says.
func (t *setTable) peer(q *peer) peerSet {
	ids := t.blocksIn(q)
	out := t.none()
	switch {
	case q.Pods != nil:
		out = t.endpoints(q.pods, ids[1])
	case q.NotPods != nil || ids[0] >= 0:
		out = t.full()
	}
	if ids[0] >= 0 {
		out = out.and(t.inBlock(&t.blocks[ids[0]]))
	}
	if q.NotPods != nil {
		out = out.minus(t.endpoints(q.notPods, ids[2]))
	}
	return out
}

// endpoints returns what a selector stands for: pods by label, network sets by
// their addresses.
func (t *setTable) endpoints(id selectorID, sets int32) peerSet {
	out := peerSet{yes: t.bySelector[id], maybe: bits.None(t.p.n)}
	if sets >= 0 {
		return out.or(t.inBlock(&t.blocks[sets]))
	}
	return out
}

func (t *setTable) none() peerSet { return peerSet{yes: bits.None(t.p.n), maybe: bits.None(t.p.n)} }

func (t *setTable) full() peerSet { return peerSet{yes: bits.Full(t.p.n), maybe: bits.None(t.p.n)} }

// inBlock returns the entities with an address in a block.
func (t *setTable) inBlock(b *block) peerSet {
	yes, maybe := bits.NewBuilder(t.p.n), bits.NewBuilder(t.p.n)
	for _, s := range b.spans {
		for a := s.Lo; a < s.Hi; a++ {
			yes.Add(t.p.atomEntity(a))
		}
	}
	if !b.cluster {
		return peerSet{yes: yes.Set(), maybe: maybe.Set()}
	}
	yes.AddSet(b.classes)
	place := func(entity int, within []addr.Span) {
		switch coverage(b.spans, within) {
		case covered:
			yes.Add(entity)
		case touched:
			maybe.Add(entity)
		}
	}
	if !b.nodes {
		for _, c := range t.unknown {
			place(int(c), t.podSpans)
		}
	}
	for i := range t.p.hosts {
		if atom := int(t.p.hosts[i].atom); atom >= 0 {
			place(t.p.firstHost()+i, []addr.Span{{Lo: atom, Hi: atom + 1}})
		} else {
			place(t.p.firstHost()+i, t.nodeSpans)
		}
	}
	return peerSet{yes: yes.Set(), maybe: maybe.Set()}
}

// How much of some atoms a block holds.
const (
	apart = iota
	touched
	covered
)

// coverage tells how much of within, sorted spans, lies in spans.
func coverage(spans, within []addr.Span) int {
	inside, total := 0, 0
	for _, w := range within {
		total += w.Hi - w.Lo
		for _, s := range spans {
			inside += max(0, min(s.Hi, w.Hi)-max(s.Lo, w.Lo))
		}
	}
	switch inside {
	case 0:
		return apart
	case total:
		return covered
	}
	return touched
}
