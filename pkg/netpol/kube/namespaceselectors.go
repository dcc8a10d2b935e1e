package kube

import "fmt"

// SelectorAt is a selector of namespaces in a policy.
type SelectorAt struct {
	Peer     string // path of the peer that holds it, or of the subject
	Field    string // its path behind that
	Line     int    // of the rule in Origin.File; 0 unknown
	Selector *LabelSelector
}

// selectorList gathers the selectors of namespaces of one policy.
type selectorList []SelectorAt

func (l *selectorList) add(peer, field string, line int, s *LabelSelector) {
	if s != nil {
		*l = append(*l, SelectorAt{peer, field, line, s})
	}
}

func (l *selectorList) addPods(peer string, line int, namespaces *LabelSelector, pods *NamespacedPods) {
	l.add(peer, "namespaces", line, namespaces)
	if pods != nil {
		l.add(peer, "pods.namespaceSelector", line, &pods.NamespaceSelector)
	}
}

func (l *selectorList) addSubject(s *SelectedPods) {
	l.addPods("spec.subject", 0, s.Namespaces, s.Pods)
}

func (l *selectorList) addFrom(rule, line int, from []SelectedPods) {
	for i := range from {
		l.addPods(fmt.Sprintf("spec.ingress[%d].from[%d]", rule, i), line, from[i].Namespaces, from[i].Pods)
	}
}

func (l *selectorList) addTo(rule, line int, to []AdminEgressPeer) {
	for i := range to {
		l.addPods(fmt.Sprintf("spec.egress[%d].to[%d]", rule, i), line, to[i].Namespaces, to[i].Pods)
	}
}

func (l *selectorList) addAdmin(s *SelectedPods, ingress []AdminIngress, egress []AdminEgress) {
	l.addSubject(s)
	for i := range ingress {
		l.addFrom(i, ingress[i].Line, ingress[i].From)
	}
	for i := range egress {
		l.addTo(i, egress[i].Line, egress[i].To)
	}
}
