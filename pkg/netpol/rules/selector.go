package rules

import (
	"slices"
	"strconv"
)

// Scope is whose labels a Selector looks at.
type Scope uint8

// The scopes.
const (
	PodLabels Scope = iota
	NamespaceLabels
	NodeLabels
)

// NamespaceName is the label that every namespace carries with its own name.
const NamespaceName = "kubernetes.io/metadata.name"

// Op is the kind of a Selector.
type Op uint8

// The kinds. A language that can say more adds its own.
const (
	All    Op = iota // everything
	And              // every one of Of
	Or               // at least one of Of
	Not              // not Of[0]
	Exists           // the key is there
	In               // the key is there with one of Values
)

// Selector is an expression over the labels of a pod, its namespace, or a node.
type Selector struct {
	Op     Op
	Scope  Scope
	Key    string
	Values []string // sorted, for In
	Of     []Selector
}

// Everything matches every pod.
func Everything() Selector { return Selector{Op: All} }

// OneOf matches where the label has one of the values.
func OneOf(s Scope, key string, values ...string) Selector {
	values = slices.Clone(values)
	if len(values) > 1 {
		slices.Sort(values)
		values = slices.Compact(values)
	}
	return Selector{Op: In, Scope: s, Key: key, Values: values}
}

// HasKey matches where the label is there, with any value.
func HasKey(s Scope, key string) Selector { return Selector{Op: Exists, Scope: s, Key: key} }

// Negate matches what sel does not; a label that is absent is not "one of".
func Negate(sel Selector) Selector { return Selector{Op: Not, Of: []Selector{sel}} }

// AllOf matches what every one of of matches, everything when there is none.
func AllOf(of ...Selector) Selector {
	kept := make([]Selector, 0, len(of))
	for _, s := range of {
		switch s.Op {
		case All:
		case And:
			kept = append(kept, s.Of...)
		default:
			kept = append(kept, s)
		}
	}
	switch len(kept) {
	case 0:
		return Everything()
	case 1:
		return kept[0]
	}
	return Selector{Op: And, Of: kept}
}

// InNamespace matches every pod of one namespace.
func InNamespace(name string) Selector { return OneOf(NamespaceLabels, NamespaceName, name) }

// Walk calls visit for s and every selector within it.
func (s *Selector) Walk(visit func(*Selector)) {
	visit(s)
	for i := range s.Of {
		s.Of[i].Walk(visit)
	}
}

// AppendID appends a text to b that is equal for selectors of the same form.
func (s *Selector) AppendID(b []byte) []byte {
	b = append(b, "*&|!?="[s.Op])
	switch s.Op {
	case Exists, In:
		b = quote(append(b, "pnN"[s.Scope]), s.Key)
		for _, v := range s.Values {
			b = quote(b, v)
		}
	case And, Or, Not:
		for i := range s.Of {
			b = s.Of[i].AppendID(b)
		}
	}
	return append(b, ';')
}

// ID returns that text.
func (s *Selector) ID() string { return string(s.AppendID(nil)) }

// quote appends s so that no two lists of texts read the same.
func quote(b []byte, s string) []byte {
	b = strconv.AppendInt(b, int64(len(s)), 10)
	b = append(b, ':')
	return append(b, s...)
}
