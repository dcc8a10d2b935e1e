package lint

import (
	"fmt"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// speller visits every selector of namespaces in policies.
type speller struct {
	have  map[string]map[string]bool
	found []typo
}

// look checks one selector; field is its name behind the peer's path.
func (l *speller) look(t typo, line int, field string, s *kube.LabelSelector) {
	if s == nil {
		return
	}
	if t.at.File != "" && line > 0 {
		t.at.Line = line
	}
	t.path = t.peer + "." + field
	l.found = append(l.found, t.in(s, l.have)...)
}

func (l *speller) policy(p *kube.NetworkPolicy) {
	peers := func(line int, path string, list []kube.NetworkPolicyPeer) {
		for i := range list {
			t := typo{ref: p.Ref(), policy: p, at: p.Origin, peer: fmt.Sprintf("%s[%d]", path, i)}
			l.look(t, line, "namespaceSelector", list[i].NamespaceSelector)
		}
	}
	for j := range p.Spec.Ingress {
		peers(p.Spec.Ingress[j].Line, fmt.Sprintf("spec.ingress[%d].from", j), p.Spec.Ingress[j].From)
	}
	for j := range p.Spec.Egress {
		peers(p.Spec.Egress[j].Line, fmt.Sprintf("spec.egress[%d].to", j), p.Spec.Egress[j].To)
	}
}

func (l *speller) pods(t typo, line int, namespaces *kube.LabelSelector, pods *kube.NamespacedPods) {
	l.look(t, line, "namespaces", namespaces)
	if pods != nil {
		l.look(t, line, "pods.namespaceSelector", &pods.NamespaceSelector)
	}
}

func (l *speller) from(t typo, line int, path string, list []kube.AdminIngressPeer) {
	for i := range list {
		t.peer = fmt.Sprintf("%s[%d]", path, i)
		l.pods(t, line, list[i].Namespaces, list[i].Pods)
	}
}

func (l *speller) to(t typo, line int, path string, list []kube.AdminEgressPeer) {
	for i := range list {
		t.peer = fmt.Sprintf("%s[%d]", path, i)
		l.pods(t, line, list[i].Namespaces, list[i].Pods)
	}
}

func (l *speller) admin(ref kube.Ref, at kube.Origin, subject *kube.PolicySubject, in []kube.AdminIngress, eg []kube.AdminEgress) {
	t := typo{ref: ref, at: at, peer: "spec.subject"}
	l.pods(t, 0, subject.Namespaces, subject.Pods)
	for j := range in {
		l.from(t, in[j].Line, fmt.Sprintf("spec.ingress[%d].from", j), in[j].From)
	}
	for j := range eg {
		l.to(t, eg[j].Line, fmt.Sprintf("spec.egress[%d].to", j), eg[j].To)
	}
}

func (l *speller) cluster(p *kube.ClusterNetworkPolicy) {
	t := typo{ref: p.Ref(), at: p.Origin, peer: "spec.subject"}
	l.pods(t, 0, p.Spec.Subject.Namespaces, p.Spec.Subject.Pods)
	for j := range p.Spec.Ingress {
		l.from(t, p.Spec.Ingress[j].Line, fmt.Sprintf("spec.ingress[%d].from", j), p.Spec.Ingress[j].From)
	}
	for j := range p.Spec.Egress {
		l.to(t, p.Spec.Egress[j].Line, fmt.Sprintf("spec.egress[%d].to", j), p.Spec.Egress[j].To)
	}
}
