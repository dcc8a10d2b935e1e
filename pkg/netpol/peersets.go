package netpol

import (
	"encoding/binary"

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
}

// appendKey appends what tells a rule's peers from others.
func (t *setTable) appendKey(b []byte, id RuleID) []byte {
	r := &t.e.prog.rules[id]
	if r.Any {
		return append(b, '*')
	}
	for _, block := range t.ruleBlocks[id] {
		b = binary.LittleEndian.AppendUint32(b, uint32(block))
	}
	for i := range r.peers {
		q := &r.peers[i]
		b = binary.LittleEndian.AppendUint32(b, uint32(q.pods))
		if q.Pods != nil && q.Block != nil {
			b = binary.LittleEndian.AppendUint32(append(b, '&'), uint32(t.block(t.spans(q.Peer), q.Block.Cluster)))
		}
		if q.Unknown != "" {
			b = append(b, '?')
		}
		b = append(b, ',')
	}
	return b
}

func (t *setTable) compute(id RuleID) peerSet {
	r, n := &t.e.prog.rules[id], t.p.n
	if r.Any {
		return peerSet{yes: bits.Full(n), maybe: bits.None(n)}
	}
	yes, maybe, opaque := bits.None(n), bits.None(n), false
	for i := range r.peers {
		switch q := &r.peers[i]; {
		case q.Unknown != "":
			opaque = true
		case q.Pods != nil && q.Block != nil:
			one := t.inBlock(&t.blocks[t.block(t.spans(q.Peer), q.Block.Cluster)])
			yes = yes.Or(one.yes.And(t.bySelector[q.pods]))
			maybe = maybe.Or(one.maybe.And(t.bySelector[q.pods]))
		case q.Pods != nil:
			yes = yes.Or(t.bySelector[q.pods])
		}
	}
	for _, block := range t.ruleBlocks[id] {
		if block >= 0 {
			one := t.inBlock(&t.blocks[block])
			yes, maybe = yes.Or(one.yes), maybe.Or(one.maybe)
		}
	}
	return peerSet{yes: yes, maybe: maybe.Minus(yes), opaque: opaque}
}

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
	for _, c := range t.unknown {
		place(int(c), t.podSpans)
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
