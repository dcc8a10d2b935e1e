package convert

import (
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/selector"
)

// calicoReader converts one of Calico's policies.
type calicoReader struct {
	reader
	index  *calicoIndex
	policy *kube.CalicoPolicy
	gaps   []rules.Gap
}

func (r *calicoReader) gap(path, message string) {
	r.gaps = append(r.gaps, rules.Gap{Ref: r.ref, Origin: r.origin, Message: path + ": " + message})
}

// global reports whether the policy is not in a namespace.
func (r *calicoReader) global() bool {
	return r.policy.Kind == kube.GlobalNetworkPolicy || r.policy.Kind == kube.StagedGlobalNetworkPolicy
}

// namespace is the policy's; "" for a global one.
func (r *calicoReader) namespace() string {
	if r.global() {
		return ""
	}
	return r.policy.Meta.Namespace
}

// parse reads a selector; nil for an empty text. global() is for
// namespaceSelectors of rules only.
func (r *calicoReader) parse(path, text string, global bool) *selector.Expr {
	if text == "" {
		return nil
	}
	e, err := r.index.parse(text)
	if err != nil {
		r.fail(rules.CodeInvalidSelector, path, "%s in %q", err, clip(text))
		return nil
	}
	switch {
	case !global && e.Uses(selector.Global):
		r.fail(rules.CodeInvalidSelector, path, "global() has a meaning in the namespaceSelector of a rule only")
	case global && e.Op != selector.Global && e.Uses(selector.Global):
		r.fail(rules.CodeInvalidSelector, path, "global() cannot be combined with other selectors")
	}
	return e
}
