package selector

import (
	"slices"
	"strings"
)

// Op is the kind of an Expr.
type Op uint8

// The kinds. a != "b" is the negation of a == "b", and not in that of in.
const (
	All        Op = iota // all(), or an empty selector
	Global               // global(), which is true by itself: where it stands gives it a meaning
	And                  // every one of Of
	Or                   // at least one of Of
	Not                  // not Of[0]
	Has                  // has(Key)
	In                   // Key in Values, sorted; of == one value
	StartsWith           // Key starts with Values[0]
	EndsWith             // Key ends with Values[0]
	Contains             // Key contains Values[0]
)

// Expr is a selector, read.
type Expr struct {
	Op     Op
	Key    string
	Values []string
	Of     []Expr
}

// Labels looks a label up.
type Labels func(key string) (value string, ok bool)

// Matches reports whether labels satisfy the selector.
func (e *Expr) Matches(labels Labels) bool {
	switch e.Op {
	case All, Global:
		return true
	case And:
		return !slices.ContainsFunc(e.Of, func(x Expr) bool { return !x.Matches(labels) })
	case Or:
		return slices.ContainsFunc(e.Of, func(x Expr) bool { return x.Matches(labels) })
	case Not:
		return !e.Of[0].Matches(labels)
	}
	value, ok := labels(e.Key)
	return ok && (e.Op == Has || e.Op.Accepts(e.Values, value))
}

// Accepts reports whether a label's value satisfies In, StartsWith, EndsWith or
// Contains with these values.
func (o Op) Accepts(values []string, value string) bool {
	switch o {
	case StartsWith:
		return strings.HasPrefix(value, values[0])
	case EndsWith:
		return strings.HasSuffix(value, values[0])
	case Contains:
		return strings.Contains(value, values[0])
	}
	_, found := slices.BinarySearch(values, value)
	return found
}

// Walk calls visit for e and every expression within it.
func (e *Expr) Walk(visit func(*Expr)) {
	visit(e)
	for i := range e.Of {
		e.Of[i].Walk(visit)
	}
}

// Replace returns a copy of e in which put has replaced what it returns true for.
func (e *Expr) Replace(put func(Expr) (Expr, bool)) Expr {
	if by, ok := put(*e); ok {
		return by
	}
	out := *e
	if len(e.Of) > 0 {
		out.Of = make([]Expr, len(e.Of))
		for i := range e.Of {
			out.Of[i] = e.Of[i].Replace(put)
		}
	}
	return out
}

// Uses reports whether an expression of the kind occurs in e.
func (e *Expr) Uses(o Op) bool {
	found := false
	e.Walk(func(x *Expr) { found = found || x.Op == o })
	return found
}

// Both returns what both expressions match.
func Both(a, b Expr) Expr { return Expr{Op: And, Of: []Expr{a, b}} }

// Negate returns what e does not match.
func Negate(e Expr) Expr { return Expr{Op: Not, Of: []Expr{e}} }

// Equals returns key == value, or key in the values.
func Equals(key string, values ...string) Expr {
	values = slices.Clone(values)
	slices.Sort(values)
	return Expr{Op: In, Key: key, Values: slices.Compact(values)}
}
