package convert

import (
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/selector"
)

// matchSelectors reads the selectors of a source or destination. Policies repeat
// each other: what was worked out once without a complaint is not worked out again.
func (r *calicoReader) matchSelectors(path string, e *kube.CalicoEntity) selectorMatch {
	b := r.index.key[:0]
	for _, text := range []string{r.namespace(), e.Selector, e.NotSelector, e.NamespaceSelector} {
		b = append(append(b, text...), 0)
	}
	if a := e.ServiceAccounts; a != nil {
		b = append(append(b, a.Selector...), 0)
		for _, name := range a.Names {
			b = append(append(b, name...), 0)
		}
	}
	r.index.key = b
	if m, ok := r.index.ends[string(b)]; ok {
		return m
	}
	key, before := string(b), len(r.problems)
	var m selectorMatch
	yes, no := r.endpoints(path, e)
	if yes != nil {
		pods := r.index.pods(yes)
		m.pods, m.sets = &pods, r.index.setsOf(yes)
	}
	if no != nil {
		pods := r.index.pods(no)
		m.notPods, m.notSets = &pods, r.index.setsOf(no)
	}
	if len(r.problems) == before {
		r.index.ends[key] = m
	}
	return m
}

// endpoints returns the selector that an end of a rule stands for, and the one
// that it leaves out; nil where it says nothing. The parts of an end come
// together as Calico's update processors join them: in a namespaced policy any
// of them keeps to the namespace unless namespaceSelector says otherwise, and a
// negation narrows what is selected as soon as anything is.
func (r *calicoReader) endpoints(path string, e *kube.CalicoEntity) (yes, no *selector.Expr) {
	var parts []selector.Expr
	spaces := r.parse(path+".namespaceSelector", e.NamespaceSelector, true)
	if accounts := r.accounts(path+".serviceAccounts", e.ServiceAccounts); accounts != nil {
		parts = append(parts, *accounts)
	}
	if own := r.parse(path+".selector", e.Selector, false); own != nil {
		parts = append(parts, *own)
	}
	no = r.parse(path+".notSelector", e.NotSelector, false)
	switch ns := r.namespace(); {
	case spaces != nil:
		parts = append(parts, inNamespaces(spaces))
	case ns != "" && (len(parts) > 0 || no != nil):
		parts = append(parts, selector.Equals(namespaceLabel, ns))
	}
	if len(parts) == 0 {
		return nil, no
	}
	if no != nil {
		parts = append(parts, selector.Negate(*no))
	}
	return &selector.Expr{Op: selector.And, Of: parts}, nil
}

// inNamespaces is a namespaceSelector over endpoints. all() is whatever is in a
// namespace, global() what is in none: global network sets.
func inNamespaces(spaces *selector.Expr) selector.Expr {
	e := inherited(spaces, namespacePrefix).Replace(allMeans(namespaceLabel))
	return e.Replace(func(x selector.Expr) (selector.Expr, bool) {
		return selector.Negate(selector.Expr{Op: selector.Has, Key: namespaceLabel}), x.Op == selector.Global
	})
}

func (r *calicoReader) accounts(path string, a *kube.CalicoServiceAccounts) *selector.Expr {
	if a == nil {
		return nil
	}
	e := r.parse(path+".selector", a.Selector, false)
	if e != nil {
		e = inherited(e, accountPrefix)
	}
	if len(a.Names) == 0 {
		return e
	}
	names := selector.Equals(accountLabel, a.Names...)
	if e != nil {
		names = selector.Both(*e, names)
	}
	return &names
}
