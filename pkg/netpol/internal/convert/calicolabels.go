package convert

import (
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/selector"
)

// Labels that Calico gives every pod, and how it hands down those of the
// namespace and the service account (libcalico-go/lib/backend/k8s/conversion).
const (
	namespaceLabel    = "projectcalico.org/namespace"
	accountLabel      = "projectcalico.org/serviceaccount"
	orchestratorLabel = "projectcalico.org/orchestrator"
	nameLabel         = "projectcalico.org/name" // of a namespace or service account
	namespacePrefix   = "pcns."
	accountPrefix     = "pcsa."
	orchestrator      = "k8s"
)

// inherited puts a prefix before every label of a selector: what holds of the
// namespace or service account then holds of its pods.
func inherited(e *selector.Expr, prefix string) *selector.Expr {
	out := e.Replace(func(x selector.Expr) (selector.Expr, bool) {
		x.Key = prefix + x.Key
		return x, x.Op >= selector.Has
	})
	return &out
}

// allMeans replaces all() by the presence of a label.
func allMeans(key string) func(selector.Expr) (selector.Expr, bool) {
	return func(x selector.Expr) (selector.Expr, bool) {
		return selector.Expr{Op: selector.Has, Key: key}, x.Op == selector.All
	}
}

// pods turns a selector into one over the labels of pods, namespaces and service
// accounts; nil selects all.
func (c *calicoIndex) pods(e *selector.Expr) rules.Selector {
	if e == nil {
		return rules.Everything()
	}
	switch e.Op {
	case selector.All, selector.Global:
		return rules.Everything()
	case selector.Not:
		switch inner := c.pods(&e.Of[0]); inner.Op {
		case rules.All:
			return rules.Nothing()
		case rules.Not:
			return inner.Of[0]
		default:
			return rules.Negate(inner)
		}
	case selector.And, selector.Or:
		of := make([]rules.Selector, len(e.Of))
		for i := range e.Of {
			of[i] = c.pods(&e.Of[i])
		}
		if e.Op == selector.Or {
			return rules.AnyOf(of...)
		}
		return rules.AllOf(of...)
	}
	return c.labelTerm(e)
}

// labelTerm finds whose label is meant.
func (c *calicoIndex) labelTerm(e *selector.Expr) rules.Selector {
	switch e.Key {
	case namespaceLabel:
		return termFor(e, rules.NamespaceLabels, rules.NamespaceName)
	case accountLabel:
		return termFor(e, rules.AccountLabels, rules.AccountShortName)
	case orchestratorLabel:
		if e.Op == selector.Has || e.Op.Accepts(e.Values, orchestrator) {
			return rules.Everything()
		}
		return rules.Nothing()
	}
	own := termFor(e, rules.PodLabels, e.Key)
	var handed rules.Selector
	if key, ok := strings.CutPrefix(e.Key, namespacePrefix); ok {
		handed = termFor(e, rules.NamespaceLabels, named(key, rules.NamespaceName))
	} else if key, ok := strings.CutPrefix(e.Key, accountPrefix); ok {
		handed = termFor(e, rules.AccountLabels, named(key, rules.AccountName))
	} else {
		return own
	}
	if !c.ownPrefixed {
		return handed
	}
	// A label of the pod itself goes before one that is handed down.
	return rules.AnyOf(own, rules.AllOf(rules.Negate(rules.HasKey(rules.PodLabels, e.Key)), handed))
}

func named(key, name string) string {
	if key == nameLabel {
		return name
	}
	return key
}

// termFor returns what a term says about the label that is meant.
func termFor(e *selector.Expr, scope rules.Scope, key string) rules.Selector {
	switch e.Op {
	case selector.Has:
		return rules.HasKey(scope, key)
	case selector.StartsWith:
		return rules.Selector{Op: rules.Prefix, Scope: scope, Key: key, Values: e.Values}
	case selector.EndsWith:
		return rules.Selector{Op: rules.Suffix, Scope: scope, Key: key, Values: e.Values}
	case selector.Contains:
		return rules.Selector{Op: rules.Contains, Scope: scope, Key: key, Values: e.Values}
	}
	return rules.OneOf(scope, key, e.Values...)
}
