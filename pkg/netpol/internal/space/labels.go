package space

import (
	"encoding/binary"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/inventory"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
)

// label is a pod label as far as selectors see it: the numbers of its key and of
// its value, where 0 stands for every value that no selector mentions.
type label struct{ key, value int32 }

// labelKey is a label's key with whose label it is: the pod's, or that of the
// service account it runs as.
type labelKey struct {
	scope rules.Scope
	key   string
}

// alphabet is the keys and values that selectors over pods mention.
type alphabet struct {
	keys     map[labelKey]int32
	values   []map[string]int32 // by key
	whole    []bool             // by key: every value counts, as a selector looks at parts of it
	accounts bool               // labels of service accounts are among the keys
}

// vocabulary is the labels that pods have in that alphabet: each distinct list
// once. It does not depend on the family.
type vocabulary struct {
	alphabet
	lists [][]label
	of    []int32 // by pod; -1 for pods that are not on the pod network
}

func newAlphabet(selectors []*rules.Selector) alphabet {
	a := alphabet{keys: make(map[labelKey]int32)}
	for _, s := range selectors {
		s.Walk(func(s *rules.Selector) {
			if s.Op.Leaf() && (s.Scope == rules.PodLabels || s.Scope == rules.AccountLabels) {
				a.addSelector(s)
			}
		})
	}
	return a
}

func (a *alphabet) addSelector(s *rules.Selector) {
	key := labelKey{s.Scope, s.Key}
	a.accounts = a.accounts || s.Scope == rules.AccountLabels
	k, ok := a.keys[key]
	if !ok {
		k = int32(len(a.values))
		a.keys[key] = k
		a.values = append(a.values, make(map[string]int32))
		a.whole = append(a.whole, false)
	}
	if s.Op.Partial() {
		a.whole[k] = true
		return
	}
	for _, v := range s.Values {
		if _, ok := a.values[k][v]; !ok {
			a.values[k][v] = int32(len(a.values[k])) + 1
		}
	}
}

// appendLabels appends the labels of m that selectors mention.
func (a *alphabet) appendLabels(scope rules.Scope, m map[string]string, out []label) []label {
	if len(a.keys) < len(m) {
		for key, k := range a.keys {
			if v, ok := m[key.key]; ok && key.scope == scope {
				out = append(out, label{k, a.value(k, v)})
			}
		}
	} else {
		for key, v := range m {
			if k, ok := a.keys[labelKey{scope, key}]; ok {
				out = append(out, label{k, a.value(k, v)})
			}
		}
	}
	return out
}

// value returns the number of a value.
func (a *alphabet) value(k int32, v string) int32 {
	id, ok := a.values[k][v]
	if !ok && a.whole[k] {
		id = int32(len(a.values[k])) + 1
		a.values[k][v] = id
	}
	return id
}

func newVocabulary(selectors []*rules.Selector, inv *inventory.Inventory) *vocabulary {
	v := &vocabulary{alphabet: newAlphabet(selectors), of: make([]int32, len(inv.Pods))}
	seen := make(map[string]int32)
	var buf []label
	var key []byte
	for i := range inv.Pods {
		v.of[i] = -1
		if inv.Pods[i].Network != inventory.OnPodNetwork {
			continue
		}
		buf = v.appendLabels(rules.PodLabels, inv.Objects.Pods[i].Meta.Labels, buf[:0])
		if v.accounts {
			buf = v.appendLabels(rules.AccountLabels, inv.Account(&inv.Objects.Pods[i]).Labels, buf)
		}
		slices.SortFunc(buf, func(x, y label) int { return int(x.key - y.key) })
		key = key[:0]
		for _, l := range buf {
			key = binary.LittleEndian.AppendUint32(key, uint32(l.key))
			key = binary.LittleEndian.AppendUint32(key, uint32(l.value))
		}
		id, ok := seen[string(key)]
		if !ok {
			id = int32(len(v.lists))
			seen[string(key)] = id
			v.lists = append(v.lists, slices.Clone(buf))
		}
		v.of[i] = id
	}
	return v
}
