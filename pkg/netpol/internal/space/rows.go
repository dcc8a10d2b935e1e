package space

import (
	"slices"
	"sort"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/addr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/bits"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/inventory"
)

// The atoms of pods without a known address.
const (
	unknownAtom = -1 // the pod has an address, nobody knows which
	noAtom      = -2 // the pod has no address of the family
)

// row is pods that agree in everything a policy could look at. Rows of one
// namespace are numbered in sequence.
type row struct {
	ns    int32
	list  int32 // labels, in vocabulary.lists
	names int32 // port names, in Space.names
	atom  int32
}

// rowTable is the rows of one family, and where to find those with a label, in a
// namespace or in an atom.
type rowTable struct {
	rows    []row
	of      []int32 // by pod; -1 where the pod is on no pod network
	members [][]int32
	ns      [][2]int32 // by namespace: first row, and one behind the last
	byKey   []bits.Set
	byLabel map[label]bits.Set
	byAtom  []uint32 // rows whose address is known, in the order of their atoms
}

// newRows gathers the pods of a family into rows. order lists pods by namespace.
func newRows(inv *inventory.Inventory, v *vocabulary, names []int32, order []int32, atoms *addr.Atoms) *rowTable {
	t := &rowTable{of: make([]int32, len(inv.Pods)), ns: make([][2]int32, len(inv.Namespaces))}
	for i := range t.of {
		t.of[i] = -1
	}
	seen := make(map[row]int32, len(order))
	for _, i := range order {
		p := &inv.Pods[i]
		r := row{ns: p.Namespace, list: v.of[i], names: names[i], atom: atomOf(p, atoms)}
		id, ok := seen[r]
		if !ok {
			id = int32(len(t.rows))
			seen[r] = id
			t.rows = append(t.rows, r)
			t.members = append(t.members, nil)
			if t.ns[r.ns][1] == 0 {
				t.ns[r.ns][0] = id
			}
			t.ns[r.ns][1] = id + 1
		}
		t.of[i] = id
		t.members[id] = append(t.members[id], i)
	}
	t.buildIndex(v)
	return t
}

// atomOf returns the atom a pod's address lies in.
func atomOf(p *inventory.Pod, atoms *addr.Atoms) int32 {
	switch f := atoms.Family(); {
	case p.Addrs[f].IsValid():
		return int32(atoms.Find(p.Addrs[f]))
	case p.HasAddress():
		return noAtom
	}
	return unknownAtom
}

// buildIndex makes the lists of rows by label and by atom.
func (t *rowTable) buildIndex(v *vocabulary) {
	keys := make([][]uint32, len(v.keys))
	labels := make(map[label][]uint32)
	for id := range t.rows {
		r := &t.rows[id]
		for _, l := range v.lists[r.list] {
			keys[l.key] = append(keys[l.key], uint32(id))
			if l.value != 0 {
				labels[l] = append(labels[l], uint32(id))
			}
		}
		if r.atom >= 0 {
			t.byAtom = append(t.byAtom, uint32(id))
		}
	}
	slices.SortStableFunc(t.byAtom, func(a, b uint32) int {
		return int(t.rows[a].atom - t.rows[b].atom)
	})
	n := len(t.rows)
	t.byKey = make([]bits.Set, len(keys))
	for k, ids := range keys {
		t.byKey[k] = bits.Of(n, ids)
	}
	t.byLabel = make(map[label]bits.Set, len(labels))
	for l, ids := range labels {
		t.byLabel[l] = bits.Of(n, ids)
	}
}

// inSpans returns the rows whose address lies in sorted spans of atoms.
func (t *rowTable) inSpans(spans []addr.Span) bits.Set {
	b := bits.NewBuilder(len(t.rows))
	for _, s := range spans {
		from := sort.Search(len(t.byAtom), func(i int) bool { return int(t.rows[t.byAtom[i]].atom) >= s.Lo })
		for _, id := range t.byAtom[from:] {
			if int(t.rows[id].atom) >= s.Hi {
				break
			}
			b.Add(int(id))
		}
	}
	return b.Set()
}
