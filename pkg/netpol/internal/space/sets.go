package space

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/bits"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/program"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
)

// setTable is what selectors and address blocks match in one family. First it
// holds sets of rows, from which classes are made; lift turns them into sets of
// entities.
type setTable struct {
	*entities
	BySelector []bits.Set // by program.SelectorID
	Pods       bits.Set   // every class

	blocks     []block
	blockIDs   map[string]int32
	ruleBlocks [][2]int32  // by rule: see blocksOf
	podSpans   []addr.Span // where an unknown pod's address may lie
	nodeSpans  []addr.Span // the same for a node
	unknown    []int32     // classes whose pods' address is unknown
}

// block is address ranges of one family, and the rows with an address in them.
type block struct {
	spans   []addr.Span
	cluster bool // pods and nodes count too
	nodes   bool // but no pod whose address is not known
	rows    bits.Set
	classes bits.Set
}

// newSetTable finds the rows that each selector and block of a program matches.
func newSetTable(e *entities, prog *program.Program, v *vocabulary, podCIDRs []netip.Prefix) *setTable {
	t := &setTable{entities: e, blockIDs: make(map[string]int32)}
	m := &matcher{inv: e.inv, v: v, t: e.rows, memo: make(map[string]bits.Set)}
	t.BySelector = make([]bits.Set, len(prog.Selectors))
	for i, s := range prog.Selectors {
		t.BySelector[i] = m.rows(s)
	}
	t.ruleBlocks = make([][2]int32, len(prog.Rules))
	for i := range prog.Rules {
		r := &prog.Rules[i]
		t.ruleBlocks[i] = t.blocksOf(r)
		for j := range r.Peers {
			if q := &r.Peers[j]; !q.AddressOnly() {
				t.blocksIn(q)
			}
		}
		for j := range r.Local {
			t.blocksIn(&r.Local[j])
		}
	}
	t.podSpans, t.nodeSpans = t.spansOf(podCIDRs), t.spansOf(nil)
	return t
}

// eachRowSet visits every set of rows that a policy can name.
func (t *setTable) eachRowSet(visit func(bits.Set)) {
	for _, s := range t.BySelector {
		visit(s)
	}
	for i := range t.blocks {
		visit(t.blocks[i].rows)
	}
}

// inner is where clusters have their own addresses: the private and the shared
// ranges of RFC 1918, RFC 6598 and RFC 4193, and what is assigned of IPv6.
func inner() []netip.Prefix {
	return []netip.Prefix{
		netip.PrefixFrom(netip.AddrFrom4([4]byte{10}), 8),
		netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10),
		netip.PrefixFrom(netip.AddrFrom4([4]byte{172, 16}), 12),
		netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 168}), 16),
		netip.PrefixFrom(netip.AddrFrom16([16]byte{0xfc}), 7),
		netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20}), 3),
	}
}

// spansOf returns the atoms that prefixes of the family reach into; those of the
// inner ranges when there is none.
func (t *setTable) spansOf(prefixes []netip.Prefix) []addr.Span {
	var out []addr.Span
	for _, p := range prefixes {
		if s := t.Atoms.Overlap(p); s.Lo < s.Hi {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return t.spansOf(inner())
	}
	return addr.Union(out)
}

// blocksOf returns the two blocks of a rule: what its peers without labels
// cover together, with pods and nodes and without. -1 stands for none.
func (t *setTable) blocksOf(r *program.Rule) [2]int32 {
	out := [2]int32{-1, -1}
	var spans [2][]addr.Span
	nodes := true
	for j := range r.Peers {
		q := r.Peers[j].Peer
		if !r.Peers[j].AddressOnly() {
			continue
		}
		which := 1
		if q.Nodes != nil || q.Block.Cluster {
			which = 0
		}
		spans[which] = append(spans[which], t.Spans(q)...)
		nodes = nodes && q.Block != nil && q.Block.Nodes
	}
	for i := range spans {
		if len(spans[i]) > 0 {
			out[i] = t.block(addr.Union(spans[i]), i == 0, nodes)
		}
	}
	return out
}

// Spans returns the atoms of a peer that names addresses or nodes.
func (t *setTable) Spans(q *rules.Peer) []addr.Span {
	if q.Nodes != nil {
		return t.Atoms.Cover(t.inv.NodeAddresses(q.Nodes), nil)
	}
	return t.Atoms.Cover(q.Block.Nets, q.Block.Except)
}

func (t *setTable) block(spans []addr.Span, cluster, nodes bool) int32 {
	var b strings.Builder
	if cluster {
		b.WriteByte('c')
	}
	if nodes {
		b.WriteByte('n')
	}
	for _, s := range spans {
		b.WriteString(strconv.Itoa(s.Lo))
		b.WriteByte('-')
		b.WriteString(strconv.Itoa(s.Hi))
		b.WriteByte(',')
	}
	key := b.String()
	id, ok := t.blockIDs[key]
	if !ok {
		id = int32(len(t.blocks))
		t.blockIDs[key] = id
		one := block{spans: spans, cluster: cluster, nodes: nodes, rows: bits.None(len(t.rows.rows))}
		if cluster {
			one.rows = t.rows.inSpans(spans)
		}
		t.blocks = append(t.blocks, one)
	}
	return id
}

// blocksIn returns the blocks of one peer: its own, that of its network sets, and
// that of those it leaves out. -1 stands for none.
func (t *setTable) blocksIn(q *program.Peer) [3]int32 {
	out := [3]int32{-1, -1, -1}
	if q.Block != nil {
		out[0] = t.block(t.Spans(q.Peer), q.Block.Cluster, q.Block.Nodes)
	} else if q.Nodes != nil {
		out[0] = t.block(t.Spans(q.Peer), true, false)
	}
	for i, nets := range [][]netip.Prefix{q.Sets, q.NotSets} {
		if len(nets) > 0 {
			out[i+1] = t.block(t.Atoms.Cover(nets, nil), true, false)
		}
	}
	return out
}

// lift turns sets of rows into sets of entities.
func (t *setTable) lift() {
	t.Pods = bits.Span(t.N, 0, len(t.Classes))
	l := &lifter{e: t.entities, stamp: make([]int32, len(t.Classes)), all: t.Pods}
	for i := range t.BySelector {
		t.BySelector[i] = l.lift(t.BySelector[i])
	}
	for i := range t.blocks {
		t.blocks[i].classes = l.lift(t.blocks[i].rows)
		t.blocks[i].rows = bits.Set{}
	}
	for i := range t.Classes {
		if t.Classes[i].atom == unknownAtom {
			t.unknown = append(t.unknown, int32(i))
		}
	}
}

// lifter maps sets of rows, none of which divides a class, to sets of entities.
type lifter struct {
	e     *entities
	stamp []int32
	round int32
	all   bits.Set
}

func (l *lifter) lift(rows bits.Set) bits.Set {
	if rows.IsFull() {
		return l.all
	}
	l.round++
	var ids []uint32
	for r := range rows.All() {
		if c := l.e.classOf[r]; l.stamp[c] != l.round {
			l.stamp[c] = l.round
			ids = append(ids, uint32(c))
		}
	}
	slices.Sort(ids)
	return bits.Of(l.e.N, ids)
}

// inBlock returns the entities with an address in a block.
func (t *setTable) inBlock(b *block) PeerSet {
	yes, maybe := bits.NewBuilder(t.N), bits.NewBuilder(t.N)
	for _, s := range b.spans {
		for a := s.Lo; a < s.Hi; a++ {
			yes.Add(t.AtomEntity(a))
		}
	}
	if !b.cluster {
		return PeerSet{Yes: yes.Set(), Maybe: maybe.Set()}
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
	for i := range t.Hosts {
		if atom := int(t.Hosts[i].Atom); atom >= 0 {
			place(t.FirstHost()+i, []addr.Span{{Lo: atom, Hi: atom + 1}})
		} else {
			place(t.FirstHost()+i, t.nodeSpans)
		}
	}
	return PeerSet{Yes: yes.Set(), Maybe: maybe.Set()}
}

// How much of some atoms a block holds.
const (
	apart = iota
	touched
	covered
)

// coverage returns how much of within, sorted spans, lies in spans.
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
