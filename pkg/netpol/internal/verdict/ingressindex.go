package verdict

// ingressIndex finds the ingress profiles that let an entity in: the transposed
// view of their parts, so that only allowed pairs are ever visited.
type ingressIndex struct {
	start    []int32      // by entity: where its entries in sparse begin
	sparse   []indexEntry // parts that are lists
	dense    []indexEntry // parts that are fields of bits, to be tested
	catchAll []int32      // profiles whose rest is not empty
	base     int          // classes of the catchAll profiles, and dense parts
}

// indexEntry is a part of an ingress profile.
type indexEntry struct{ profile, part int32 }

// sparseParts returns the sparse parts that an entity is in.
func (x *ingressIndex) sparseParts(entity int) []indexEntry {
	return x.sparse[x.start[entity]:x.start[entity+1]]
}

// newIngressIndex transposes ingress profiles for the entities below n.
func newIngressIndex(profiles []*Profile, n int) *ingressIndex {
	x := &ingressIndex{}
	var sparse []indexEntry
	for i, one := range profiles {
		if one.restID != noPorts {
			x.catchAll = append(x.catchAll, int32(i))
			x.base += len(one.Classes)
			continue
		}
		for j := range one.Parts {
			at := indexEntry{int32(i), int32(j)}
			if s := one.Parts[j].Set; s.IsFull() || s.Dense() {
				x.dense = append(x.dense, at)
				x.base++
			} else {
				sparse = append(sparse, at)
			}
		}
	}
	x.transpose(profiles, n, sparse)
	return x
}

// transpose counts first, so that all entries lie in one list.
func (x *ingressIndex) transpose(profiles []*Profile, n int, sparse []indexEntry) {
	each := func(visit func(entity int, at indexEntry)) {
		for _, at := range sparse {
			for entity := range profiles[at.profile].Parts[at.part].Set.Between(0, n) {
				visit(entity, at)
			}
		}
	}
	x.start = make([]int32, n+2)
	each(func(entity int, _ indexEntry) { x.start[entity+2]++ })
	for i := 2; i < len(x.start); i++ {
		x.start[i] += x.start[i-1]
	}
	x.sparse = make([]indexEntry, x.start[len(x.start)-1])
	each(func(entity int, at indexEntry) {
		x.sparse[x.start[entity+1]] = at
		x.start[entity+1]++
	})
}
