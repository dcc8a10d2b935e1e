package convert

import (
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// selector converts a label selector over the labels of one scope. The selector
// stands in field, below path.
func (r *reader) selector(path, field string, s *kube.LabelSelector, scope rules.Scope) rules.Selector {
	if len(s.MatchLabels)+len(s.MatchExpressions) == 0 {
		return rules.Everything()
	}
	terms := make([]rules.Selector, 0, len(s.MatchLabels)+len(s.MatchExpressions))
	for key, value := range s.MatchLabels {
		at := func() string { return path + field + ".matchLabels" }
		r.labelKey(key, at)
		r.labelValue(value, at)
		terms = append(terms, rules.OneOf(scope, key, value))
	}
	slices.SortFunc(terms, func(a, b rules.Selector) int { return strings.Compare(a.Key, b.Key) })
	for i := range s.MatchExpressions {
		at := func() string { return index(path+field+".matchExpressions", i) }
		terms = append(terms, r.requirement(at, &s.MatchExpressions[i], scope))
	}
	return rules.AllOf(terms...)
}

func (r *reader) requirement(path func() string, e *kube.LabelRequirement, scope rules.Scope) rules.Selector {
	r.labelKey(e.Key, func() string { return path() + ".key" })
	for _, v := range e.Values {
		r.labelValue(v, func() string { return path() + ".values" })
	}
	switch e.Operator {
	case "In", "NotIn":
		if len(e.Values) == 0 {
			r.fail(rules.CodeInvalidSelector, path()+".values", "operator %q needs at least one value", e.Operator)
		}
	case "Exists", "DoesNotExist":
		if len(e.Values) != 0 {
			r.fail(rules.CodeInvalidSelector, path()+".values", "operator %q takes no values", e.Operator)
		}
	default:
		r.fail(rules.CodeInvalidSelector, path()+".operator",
			"%q is not an operator; want In, NotIn, Exists or DoesNotExist", clip(e.Operator))
	}
	switch e.Operator {
	case "In":
		return rules.OneOf(scope, e.Key, e.Values...)
	case "NotIn":
		return rules.Negate(rules.OneOf(scope, e.Key, e.Values...))
	case "DoesNotExist":
		return rules.Negate(rules.HasKey(scope, e.Key))
	}
	return rules.HasKey(scope, e.Key)
}

// labelForm describes the form that the API demands of a label's name and value.
const labelForm = "want at most 63 letters, digits, '-', '_' and '.', starting and ending with a letter or digit"

func (r *reader) labelValue(value string, path func() string) {
	if !labelText(value) {
		r.fail(rules.CodeInvalidSelector, path(), "label value %q: "+labelForm, clip(value))
	}
}

// labelKey checks a label's key: an optional DNS name and "/", and a name.
func (r *reader) labelKey(key string, path func() string) {
	name := key
	if i := strings.LastIndexByte(key, '/'); i >= 0 {
		name = key[i+1:]
		if !dnsSubdomain(key[:i]) {
			r.fail(rules.CodeInvalidSelector, path(), "label key %q: want a DNS name before \"/\"", clip(key))
			return
		}
	}
	if name == "" || !labelText(name) {
		r.fail(rules.CodeInvalidSelector, path(), "label key %q: "+labelForm, clip(key))
	}
}

// labelText reports whether s may be a label's value; the empty text may.
func labelText(s string) bool {
	if len(s) > 63 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case alphanumeric(c):
		case (c == '-' || c == '_' || c == '.') && i > 0 && i < len(s)-1:
		default:
			return false
		}
	}
	return true
}

// dnsSubdomain reports whether s is lower-case DNS labels joined by dots, of at
// most 253 characters together.
func dnsSubdomain(s string) bool {
	if len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || strings.ToLower(label) != label || strings.ContainsRune(label, '_') || !labelTextLong(label) {
			return false
		}
	}
	return true
}

// labelTextLong is labelText for a part of a DNS subdomain, whose parts the API
// does not bound one by one.
func labelTextLong(s string) bool {
	for i := range len(s) {
		if c := s[i]; !alphanumeric(c) && (c != '-' || i == 0 || i == len(s)-1) {
			return false
		}
	}
	return true
}

func alphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
