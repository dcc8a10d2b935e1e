package convert

import (
	"maps"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/rules"
)

// selector converts a label selector over the labels of one scope.
func (r *reader) selector(path string, s *kube.LabelSelector, scope rules.Scope) rules.Selector {
	terms := make([]rules.Selector, 0, len(s.MatchLabels)+len(s.MatchExpressions))
	for _, key := range slices.Sorted(maps.Keys(s.MatchLabels)) {
		value := s.MatchLabels[key]
		r.labelKey(path+".matchLabels", key)
		r.labelValue(path+".matchLabels", value)
		terms = append(terms, rules.OneOf(scope, key, value))
	}
	for i := range s.MatchExpressions {
		e := &s.MatchExpressions[i]
		terms = append(terms, r.requirement(index(path+".matchExpressions", i), e, scope))
	}
	return rules.AllOf(terms...)
}

func (r *reader) requirement(path string, e *kube.LabelRequirement, scope rules.Scope) rules.Selector {
	r.labelKey(path+".key", e.Key)
	for _, v := range e.Values {
		r.labelValue(path+".values", v)
	}
	switch e.Operator {
	case "In", "NotIn":
		if len(e.Values) == 0 {
			r.fail(rules.CodeInvalidSelector, path+".values", "operator %q needs at least one value", e.Operator)
		}
	case "Exists", "DoesNotExist":
		if len(e.Values) != 0 {
			r.fail(rules.CodeInvalidSelector, path+".values", "operator %q takes no values", e.Operator)
		}
	default:
		r.fail(rules.CodeInvalidSelector, path+".operator",
			"%q is not an operator; want In, NotIn, Exists or DoesNotExist", e.Operator)
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

// labelKey checks the form of a label's key: an optional DNS prefix and a name
// of at most 63 letters, digits, '-', '_' and '.'.
func (r *reader) labelKey(path, key string) {
	name := key
	if i := strings.LastIndexByte(key, '/'); i >= 0 {
		prefix := key[:i]
		name = key[i+1:]
		if !dnsSubdomain(prefix) {
			r.fail(rules.CodeInvalidSelector, path, "label key %q: the part before \"/\" is not a DNS name", clip(key))
			return
		}
	}
	if name == "" || !labelText(name) {
		r.fail(rules.CodeInvalidSelector, path,
			"label key %q: want at most 63 letters, digits, '-', '_' and '.', starting and ending with a letter or digit", clip(key))
	}
}

func (r *reader) labelValue(path, value string) {
	if !labelText(value) {
		r.fail(rules.CodeInvalidSelector, path,
			"label value %q: want at most 63 letters, digits, '-', '_' and '.', starting and ending with a letter or digit", clip(value))
	}
}

// labelText tells whether s may be a label's value; the empty text may.
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

// dnsSubdomain tells whether s is lower-case DNS labels joined by dots, of at
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

// clip keeps a message readable whatever was given as a name.
func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}
