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
	// AccountLabels are those of the service account a pod runs as.
	AccountLabels
)

// AccountName and AccountShortName are labels under AccountLabels that hold the
// service account's own name; the second is there only when the name is shorter
// than 63 characters. Neither has a form that a user could write.
const (
	AccountName      = ":name"
	AccountShortName = ":short"
)

// NamespaceName is the label that every namespace carries with its own name.
const NamespaceName = "kubernetes.io/metadata.name"

// Op is the kind of a Selector.
type Op uint8

// The kinds. A language that can say more adds its own.
const (
	All      Op = iota // everything
	And                // every one of Of
	Or                 // at least one of Of
	Not                // not Of[0]
	Exists             // the key is there
	In                 // the key is there with one of Values
	Prefix             // the key is there with a value that begins with Values[0]
	Suffix             // the key is there with a value that ends with Values[0]
	Contains           // the key is there with a value that has Values[0] within it
)

// Leaf reports whether a selector of the kind looks at a label.
func (o Op) Leaf() bool { return o >= Exists }

// Partial reports whether a selector of the kind looks at a part of a value.
func (o Op) Partial() bool { return o >= Prefix }

// Selector is an expression over the labels of a pod, its namespace, or a node.
type Selector struct {
	Op     Op
	Scope  Scope
	Key    string
	Values []string // sorted, for In; one, for Prefix, Suffix and Contains
	Of     []Selector
}

// AcceptsValue reports whether a label's value satisfies a selector of the kind.
func (s *Selector) AcceptsValue(value string) bool {
	switch s.Op {
	case Exists:
		return true
	case Prefix:
		return strings.HasPrefix(value, s.Values[0])
	case Suffix:
		return strings.HasSuffix(value, s.Values[0])
	case Contains:
		return strings.Contains(value, s.Values[0])
	}
	return slices.Contains(s.Values, value)
}

// Matches reports whether labels satisfy a selector that looks at one scope only.
func (s *Selector) Matches(labels map[string]string) bool {
	switch s.Op {
	case All:
		return true
	case And:
		for i := range s.Of {
			if !s.Of[i].Matches(labels) {
				return false
			}
		}
		return true
	case Or:
		for i := range s.Of {
			if s.Of[i].Matches(labels) {
				return true
			}
		}
		return false
	case Not:
		return !s.Of[0].Matches(labels)
	}
	v, ok := labels[s.Key]
	return ok && s.AcceptsValue(v)
}

// Only reports whether s looks at nothing but the labels of one scope.
func (s *Selector) Only(scope Scope) bool {
	ok := true
	s.Walk(func(s *Selector) {
		if s.Op.Leaf() {
			ok = ok && s.Scope == scope
		}
	})
	return ok
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
	parts := make([]Selector, 0, len(of))
	for _, s := range of {
		switch s.Op {
		case All:
		case And:
			parts = append(parts, s.Of...)
		default:
			parts = append(parts, s)
		}
	}
	switch len(parts) {
	case 0:
		return Everything()
	case 1:
		return parts[0]
	}
	return Selector{Op: And, Of: parts}
}

// AnyOf matches what at least one of of matches, nothing when there is none.
func AnyOf(of ...Selector) Selector {
	parts := make([]Selector, 0, len(of))
	for _, s := range of {
		switch {
		case s.Op == All:
			return Everything()
		case s.Op == Or:
			parts = append(parts, s.Of...)
		case !s.isNothing():
			parts = append(parts, s)
		}
	}
	switch len(parts) {
	case 0:
		return Nothing()
	case 1:
		return parts[0]
	}
	return Selector{Op: Or, Of: parts}
}

// Nothing matches no pod.
func Nothing() Selector { return Selector{Op: Not, Of: []Selector{Everything()}} }

// isNothing reports whether s is Nothing, as it is written.
func (s *Selector) isNothing() bool { return s.Op == Not && s.Of[0].Op == All }

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
	b = append(b, "*&|!?=^$~"[s.Op])
	switch s.Op {
	case Exists, In, Prefix, Suffix, Contains:
		b = quote(append(b, "pnNa"[s.Scope]), s.Key)
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
