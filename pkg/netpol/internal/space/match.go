package space

import (
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/bits"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/inventory"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
)

// matcher finds the rows that selectors match, by set operations on the lists of
// rows with a label: no selector is ever evaluated for a single pod.
type matcher struct {
	inv  *inventory.Inventory
	v    *vocabulary
	t    *rowTable
	memo map[string]bits.Set // selectors over namespaces alone
}

func (m *matcher) rows(s *rules.Selector) bits.Set {
	n := len(m.t.rows)
	if s.Op != rules.All && s.Only(rules.NamespaceLabels) {
		return m.inNamespaces(s)
	}
	switch s.Op {
	case rules.And:
		return m.allOf(s.Of)
	case rules.Or:
		out := bits.None(n)
		for i := range s.Of {
			out = out.Or(m.rows(&s.Of[i]))
		}
		return out
	case rules.Not:
		return bits.Full(n).Minus(m.rows(&s.Of[0]))
	case rules.Exists:
		return m.t.byKey[m.v.keys[labelKey{s.Scope, s.Key}]]
	case rules.In:
		return m.oneOf(s)
	case rules.Prefix, rules.Suffix, rules.Contains:
		return m.withPart(s)
	}
	return bits.Full(n)
}

// withPart goes through the values that pods have under the key.
func (m *matcher) withPart(s *rules.Selector) bits.Set {
	out := bits.None(len(m.t.rows))
	k := m.v.keys[labelKey{s.Scope, s.Key}]
	for v, id := range m.v.values[k] {
		if set, ok := m.t.byLabel[label{k, id}]; ok && s.AcceptsValue(v) {
			out = out.Or(set)
		}
	}
	return out
}

func (m *matcher) oneOf(s *rules.Selector) bits.Set {
	out := bits.None(len(m.t.rows))
	k := m.v.keys[labelKey{s.Scope, s.Key}]
	for _, v := range s.Values {
		if set, ok := m.t.byLabel[label{k, m.v.values[k][v]}]; ok {
			out = out.Or(set)
		}
	}
	return out
}

// allOf starts with the namespaces, which narrow most, and leaves out what is
// negated instead of gathering its complement.
func (m *matcher) allOf(of []rules.Selector) bits.Set {
	out := bits.Full(len(m.t.rows))
	for i := range of {
		if of[i].Only(rules.NamespaceLabels) {
			out = out.And(m.inNamespaces(&of[i]))
		}
	}
	for i := range of {
		switch s := &of[i]; {
		case out.Empty():
			return out
		case s.Only(rules.NamespaceLabels):
		case s.Op == rules.Not:
			out = out.Minus(m.rows(&s.Of[0]))
		default:
			out = out.And(m.rows(s))
		}
	}
	return out
}

func (m *matcher) inNamespaces(s *rules.Selector) bits.Set {
	if s.Op == rules.In && s.Key == rules.NamespaceName && len(s.Values) == 1 {
		id, ok := m.inv.NamespaceByName[s.Values[0]]
		if !ok {
			return bits.None(len(m.t.rows))
		}
		return bits.Span(len(m.t.rows), int(m.t.ns[id][0]), int(m.t.ns[id][1]))
	}
	key := s.ID()
	if set, ok := m.memo[key]; ok {
		return set
	}
	b := bits.NewBuilder(len(m.t.rows))
	for i := range m.inv.Namespaces {
		if s.Matches(m.inv.Namespaces[i].Labels) {
			for r := m.t.ns[i][0]; r < m.t.ns[i][1]; r++ {
				b.Add(int(r))
			}
		}
	}
	set := b.Set()
	m.memo[key] = set
	return set
}
