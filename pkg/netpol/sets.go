package netpol

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/bits"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/rules"
)

// setTable is what selectors, blocks and lists of peers come to in one plane.
// First it holds sets of rows, from which classes are made; lift turns them into
// sets of entities.
type setTable struct {
	e          *Engine
	p          *plane
	bySelector []bits.Set
	blocks     []block
	blockIDs   map[string]int32
	ruleBlocks [][2]int32  // by rule: see blocksOf
	podSpans   []addr.Span // where an unknown pod's address may lie
	nodeSpans  []addr.Span // the same for a node
	unknown    []int32     // classes whose pods' address is unknown
	pods       bits.Set    // every class
	byRule     []peerSet
	listOf     []int32          // by rule: equal for rules with the same peers
	local      []peerSet        // by rule: the classes it is for; only of rules with a Local
	specs      map[int32][]part // by specification with names: see byNames
}

// block is address ranges of one family, and the rows with an address in them.
type block struct {
	spans   []addr.Span
	cluster bool // pods and nodes count too
	nodes   bool // but no pod whose address is not known
	rows    bits.Set
	classes bits.Set
}

// peerSet is the entities that a rule's peers match, and those of which that
// cannot be known for want of their address. They do not overlap. opaque tells
// that the rule has a peer nobody here can evaluate.
type peerSet struct {
	yes, maybe bits.Set
	opaque     bool
}

func newSetTable(e *Engine, p *plane) *setTable {
	t := &setTable{e: e, p: p, blockIDs: make(map[string]int32), specs: make(map[int32][]part)}
	m := &matcher{c: e.c, v: e.v, t: p.rows, memo: make(map[string]bits.Set)}
	t.bySelector = make([]bits.Set, len(e.prog.selectors))
	for i, s := range e.prog.selectors {
		t.bySelector[i] = m.rows(s)
	}
	t.ruleBlocks = make([][2]int32, len(e.prog.rules))
	for i := range e.prog.rules {
		r := &e.prog.rules[i]
		t.ruleBlocks[i] = t.blocksOf(r)
		for j := range r.peers {
			if q := &r.peers[j]; !q.plain() {
				t.blocksIn(q)
			}
		}
		for j := range r.local {
			t.blocksIn(&r.local[j])
		}
	}
	t.podSpans, t.nodeSpans = t.spansOf(e.podCIDRs), t.spansOf(nil)
	return t
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
		if s := t.p.atoms.Overlap(p); s.Lo < s.Hi {
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
func (t *setTable) blocksOf(r *rule) [2]int32 {
	out := [2]int32{-1, -1}
	var spans [2][]addr.Span
	nodes := true
	for j := range r.peers {
		q := r.peers[j].Peer
		if !r.peers[j].plain() {
			continue
		}
		which := 1
		if q.Nodes != nil || q.Block.Cluster {
			which = 0
		}
		spans[which] = append(spans[which], t.spans(q)...)
		nodes = nodes && q.Block != nil && q.Block.Nodes
	}
	for i := range spans {
		if len(spans[i]) > 0 {
			out[i] = t.block(addr.Union(spans[i]), i == 0, nodes)
		}
	}
	return out
}

// spans returns the atoms of a peer that names addresses or nodes.
func (t *setTable) spans(q *rules.Peer) []addr.Span {
	if q.Nodes != nil {
		return t.p.atoms.Cover(t.e.nodeNets(q.Nodes), nil)
	}
	return t.p.atoms.Cover(q.Block.Nets, q.Block.Except)
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
		one := block{spans: spans, cluster: cluster, nodes: nodes, rows: bits.None(len(t.p.rows.rows))}
		if cluster {
			one.rows = t.p.rows.inSpans(spans)
		}
		t.blocks = append(t.blocks, one)
	}
	return id
}

// lift turns sets of rows into sets of entities.
func (t *setTable) lift() {
	t.pods = bits.Span(t.p.n, 0, len(t.p.classes))
	l := &lifter{p: t.p, stamp: make([]int32, len(t.p.classes)), all: t.pods}
	for i := range t.bySelector {
		t.bySelector[i] = l.lift(t.bySelector[i])
	}
	for i := range t.blocks {
		t.blocks[i].classes = l.lift(t.blocks[i].rows)
		t.blocks[i].rows = bits.Set{}
	}
	for i := range t.p.classes {
		if t.p.classes[i].atom == unknownAtom {
			t.unknown = append(t.unknown, int32(i))
		}
	}
}

// lifter maps sets of rows, none of which divides a class, to sets of entities.
type lifter struct {
	p     *plane
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
		if c := l.p.classOf[r]; l.stamp[c] != l.round {
			l.stamp[c] = l.round
			ids = append(ids, uint32(c))
		}
	}
	slices.Sort(ids)
	return bits.Of(l.p.n, ids)
}
