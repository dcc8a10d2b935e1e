package rules

import (
	"slices"
	"strconv"
	"strings"
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
	slices.Sort(values)
	return Selector{Op: In, Scope: s, Key: key, Values: slices.Compact(values)}
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

// ID returns a text that is equal for selectors of the same form. Selectors that
// differ only in the order of their parts have the same.
func (s *Selector) ID() string {
	var b strings.Builder
	s.write(&b)
	return b.String()
}

func (s *Selector) write(b *strings.Builder) {
	b.WriteByte("*&|!?="[s.Op])
	switch s.Op {
	case Exists, In:
		b.WriteByte("pnN"[s.Scope])
		quote(b, s.Key)
		for _, v := range s.Values {
			quote(b, v)
		}
	case And, Or:
		ids := make([]string, len(s.Of))
		for i := range s.Of {
			ids[i] = s.Of[i].ID()
		}
		slices.Sort(ids)
		for _, id := range ids {
			quote(b, id)
		}
	case Not:
		s.Of[0].write(b)
	}
}

// quote writes s so that no two lists of texts read the same.
func quote(b *strings.Builder, s string) {
	b.WriteString(strconv.Itoa(len(s)))
	b.WriteByte(':')
	b.WriteString(s)
}
