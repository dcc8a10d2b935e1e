package lint

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/kinds"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/spelling"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
)

// nameLabel is the label that the API server puts on every namespace.
const nameLabel = "kubernetes.io/metadata.name"

// typo is a label in a namespaceSelector that no namespace of the input has.
type typo struct {
	ref     kube.Ref
	at      kube.Origin
	peer    string // path of the peer
	path    string // of the selector
	message string
	key     string
	value   string // "" when no namespace has the key
	meant   string // the nearest key or value there is; "" for none near
	unseen  bool   // no mistake: the namespace is in every cluster, though not in the input
}

// everywhere are the namespaces that the API server makes in each cluster.
// Manifests of an application name kube-system for its DNS and do not hold it.
var everywhere = map[string]bool{"default": true, "kube-node-lease": true, "kube-public": true, "kube-system": true}

// spaceLabels are the labels of all namespaces: key → values.
func (p *pass) spaceLabels() map[string]map[string]bool {
	out := map[string]map[string]bool{nameLabel: {}}
	for name := range p.spaces {
		out[nameLabel][name] = true
	}
	for i := range p.objects.Namespaces {
		m := &p.objects.Namespaces[i].Meta
		out[nameLabel][m.Name] = true
		for k, v := range m.Labels {
			if out[k] == nil {
				out[k] = make(map[string]bool)
			}
			out[k][v] = true
		}
	}
	return out
}

// findTypos finds the labels that no namespace has. Without every namespace at
// hand there is nothing to say.
func (p *pass) findTypos() []typo {
	unread := slices.ContainsFunc(p.Input.Unreadable, func(u load.Unreadable) bool { return u.Resource == "namespaces" })
	if len(p.objects.Namespaces) == 0 || unread {
		return nil
	}
	have := p.spaceLabels()
	var out []typo
	for o := range kinds.Policies(p.objects) {
		policy, ok := o.(interface{ NamespaceSelectors() []kube.SelectorAt })
		if !ok {
			continue
		}
		_, origin := o.Head()
		for _, s := range policy.NamespaceSelectors() {
			t := typo{ref: o.Ref(), at: *origin, peer: s.Peer, path: s.Peer + "." + s.Field}
			if t.at.File != "" && s.Line > 0 {
				t.at.Line = s.Line
			}
			out = append(out, t.inSelector(s.Selector, have)...)
		}
	}
	return out
}

// inSelector returns what can never match in one selector.
func (t typo) inSelector(s *kube.LabelSelector, have map[string]map[string]bool) []typo {
	var out []typo
	add := func(key, value string, anyValue bool) {
		one := t
		one.key = key
		values, ok := have[key]
		switch {
		case !ok:
			one.meant = nearest(key, have)
			one.message = fmt.Sprintf("%s: no namespace has the label %q", t.path, key)
		case !anyValue && !values[value]:
			one.value = value
			one.unseen = key == nameLabel && everywhere[value]
			one.meant = cmp.Or(nearest(value, values), nearest(value, everywhere))
			one.message = fmt.Sprintf("%s: no namespace has the label %s=%s", t.path, key, value)
		default:
			return
		}
		if one.meant != "" {
			one.message += fmt.Sprintf("; did you mean %q?", one.meant)
		}
		out = append(out, one)
	}
	for _, k := range sortedKeys(s.MatchLabels) {
		add(k, s.MatchLabels[k], false)
	}
	for _, e := range s.MatchExpressions {
		switch e.Operator {
		case "In":
			for _, v := range e.Values {
				add(e.Key, v, false)
			}
		case "Exists":
			add(e.Key, "", true)
		}
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// nearest returns what differs from text in the fewest letters, at most a third
// of them.
func nearest[V any](text string, have map[string]V) string {
	best, dist := "", 3
	for _, k := range sortedKeys(have) {
		d := spelling.Distance(text, k)
		if strings.EqualFold(text, k) {
			d = 0
		}
		if d < dist && d <= max(len(text)/3, 1) {
			best, dist = k, d
		}
	}
	return best
}

func unknownNamespaceLabel(p *pass) {
	for _, t := range p.labelTypos {
		if t.unseen {
			continue
		}
		fix := ""
		if t.meant != "" {
			fix = corrected(p.sources[t.ref], func(s *kube.NetworkPolicySpec) bool { return t.correctAll(s) })
		}
		p.report(t.ref, t.at, fix, t.message)
	}
}

// correctAll corrects the label wherever the policy's selectors of namespaces use it.
func (t typo) correctAll(s *kube.NetworkPolicySpec) bool {
	for i := range s.Ingress {
		for j := range s.Ingress[i].From {
			t.correct(s.Ingress[i].From[j].NamespaceSelector)
		}
	}
	for i := range s.Egress {
		for j := range s.Egress[i].To {
			t.correct(s.Egress[i].To[j].NamespaceSelector)
		}
	}
	return true
}

func (t typo) correct(s *kube.LabelSelector) {
	if s == nil {
		return
	}
	if v, ok := s.MatchLabels[t.key]; ok {
		if t.value == "" {
			delete(s.MatchLabels, t.key)
			s.MatchLabels[t.meant] = v
		} else if v == t.value {
			s.MatchLabels[t.key] = t.meant
		}
	}
	for i := range s.MatchExpressions {
		e := &s.MatchExpressions[i]
		if e.Key != t.key {
			continue
		}
		if t.value == "" {
			e.Key = t.meant
		}
		for j, v := range e.Values {
			if t.value != "" && v == t.value {
				e.Values[j] = t.meant
			}
		}
	}
}
