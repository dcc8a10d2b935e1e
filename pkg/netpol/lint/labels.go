package lint

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/kinds"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/spelling"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// nameLabel is the label that the API server puts on every namespace.
const nameLabel = "kubernetes.io/metadata.name"

// typo is a label in a namespaceSelector that no namespace of the input has.
type typo struct {
	live    bool // the input is a cluster, with every namespace there is
	ref     kube.Ref
	at      kube.Origin
	peer    string // path of the peer
	path    string // of the selector
	message string
	key     string
	value   string // "" when no namespace has the key
	meant   string // the nearest key or value there is; "" for none near
	unseen  bool   // no mistake: the namespace need not be in the input
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
	if len(p.objects.Namespaces) == 0 || p.unread("namespaces") {
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
			t := typo{live: p.Input.Cluster != nil, ref: o.Ref(), at: *origin, peer: s.Peer, path: s.Peer + "." + s.Field}
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
		one.unseen = one.unseen || !one.live && one.meant == ""
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

// unknownNamespaceLabel reports labels of namespaces that no namespace has.
func unknownNamespaceLabel(p *pass) {
	for _, t := range p.labelTypos {
		if t.unseen {
			continue
		}
		p.report(t.ref, t.at, t.message)
	}
}

// hashLabel reports selectors that ask for a label of which every rollout changes
// the value.
func hashLabel(p *pass) {
	for i := range p.objects.NetworkPolicies {
		policy := &p.objects.NetworkPolicies[i]
		for at := range policySelectors(policy) {
			for _, key := range unsuitableLabels[:3] {
				_, matched := at.Selector.MatchLabels[key]
				matched = matched || slices.ContainsFunc(at.Selector.MatchExpressions, func(e kube.LabelRequirement) bool {
					return e.Key == key && (e.Operator == "In" || e.Operator == "NotIn")
				})
				if matched {
					origin := policy.Origin
					if origin.File != "" && at.Line > 0 {
						origin.Line = at.Line
					}
					p.report(policy.Ref(), origin, fmt.Sprintf("%s asks for %s, which changes with every rollout: from the next one on the selector matches nothing. Use a label from the pod template",
						at.Peer, key))
				}
			}
		}
	}
}

// policySelectors yields the selectors of pods in a policy, with their paths in the
// field Peer.
func policySelectors(p *kube.NetworkPolicy) iter.Seq[kube.SelectorAt] {
	return func(yield func(kube.SelectorAt) bool) {
		if !yield(kube.SelectorAt{Peer: "spec.podSelector", Selector: &p.Spec.PodSelector}) {
			return
		}
		each := func(path string, line int, peers []kube.NetworkPolicyPeer) bool {
			for i := range peers {
				if s := peers[i].PodSelector; s != nil && !yield(kube.SelectorAt{Peer: fmt.Sprintf("%s[%d].podSelector", path, i), Line: line, Selector: s}) {
					return false
				}
			}
			return true
		}
		for i := range p.Spec.Ingress {
			if !each(fmt.Sprintf("spec.ingress[%d].from", i), p.Spec.Ingress[i].Line, p.Spec.Ingress[i].From) {
				return
			}
		}
		for i := range p.Spec.Egress {
			if !each(fmt.Sprintf("spec.egress[%d].to", i), p.Spec.Egress[i].Line, p.Spec.Egress[i].To) {
				return
			}
		}
	}
}

// meantLabel returns "; did you mean app=web (2 pods)?" when pods have a label near
// one of a selector that none of them has; otherwise "".
func (p *pass) meantLabel(s *kube.LabelSelector, pods []int) string {
	values := make(map[string]map[string]int)
	for _, i := range pods {
		for k, v := range p.objects.Pods[i].Meta.Labels {
			if values[k] == nil {
				values[k] = make(map[string]int)
			}
			values[k][v]++
		}
	}
	for _, k := range sortedKeys(s.MatchLabels) {
		v := s.MatchLabels[k]
		if values[k][v] > 0 {
			continue
		}
		key, value := k, v
		if values[k] == nil {
			key = nearest(k, values)
		} else {
			value = nearest(v, values[k])
		}
		if n := values[key][value]; key != "" && value != "" && n > 0 {
			return fmt.Sprintf("; did you mean %s=%s (%s)?", key, value, count(n, "pod", "pods"))
		}
	}
	return ""
}
