package netpol

import (
	"encoding/binary"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/rules"
)

// label is a pod label as far as selectors can tell: the number of its key, and
// that of its value, where 0 stands for every value that no selector mentions.
type label struct{ key, value int32 }

// alphabet is the keys and values that selectors over pods mention.
type alphabet struct {
	keys   map[string]int32
	values []map[string]int32 // by key
}

// vocabulary is what the pods say in that alphabet: each distinct list of labels
// once. It does not depend on the family.
type vocabulary struct {
	alphabet
	lists [][]label
	of    []int32 // by pod; -1 for pods that are not on the pod network
}

func newAlphabet(selectors []*rules.Selector) alphabet {
	a := alphabet{keys: make(map[string]int32)}
	for _, s := range selectors {
		s.Walk(func(s *rules.Selector) {
			if s.Scope == rules.PodLabels && (s.Op == rules.Exists || s.Op == rules.In) {
				a.add(s)
			}
		})
	}
	return a
}

func (a *alphabet) add(s *rules.Selector) {
	k, ok := a.keys[s.Key]
	if !ok {
		k = int32(len(a.values))
		a.keys[s.Key] = k
		a.values = append(a.values, make(map[string]int32))
	}
	for _, v := range s.Values {
		if _, ok := a.values[k][v]; !ok {
			a.values[k][v] = int32(len(a.values[k])) + 1
		}
	}
}

// read returns the labels of m, sorted by key.
func (a *alphabet) read(m map[string]string, out []label) []label {
	if len(a.keys) < len(m) {
		for key, k := range a.keys {
			if v, ok := m[key]; ok {
				out = append(out, label{k, a.values[k][v]})
			}
		}
	} else {
		for key, v := range m {
			if k, ok := a.keys[key]; ok {
				out = append(out, label{k, a.values[k][v]})
			}
		}
	}
	slices.SortFunc(out, func(x, y label) int { return int(x.key - y.key) })
	return out
}

func newVocabulary(selectors []*rules.Selector, c *cluster, objects *kube.Objects) *vocabulary {
	v := &vocabulary{alphabet: newAlphabet(selectors), of: make([]int32, len(c.pods))}
	seen := make(map[string]int32)
	var buf []label
	var key []byte
	for i := range c.pods {
		v.of[i] = -1
		if c.pods[i].standing != onPodNetwork {
			continue
		}
		buf = v.read(objects.Pods[i].Meta.Labels, buf[:0])
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
