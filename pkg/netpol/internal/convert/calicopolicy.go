package convert

import (
	"math"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/selector"
)

// convert returns the policy, and whether it takes part at all: a staged one does
// not, nor one for host endpoints only.
func (r *calicoReader) convert() (rules.Policy, bool) {
	s := &r.policy.Spec
	r.fields()
	out := rules.Policy{Ref: r.ref, Origin: r.origin, Priority: math.Inf(1), Applies: r.types(), Subject: r.subject()}
	if s.Order != nil {
		out.Priority = *s.Order
	}
	for d, list := range [...][]kube.CalicoRule{rules.Egress: s.Egress, rules.Ingress: s.Ingress} {
		out.Rules[d] = make([]rules.Rule, 0, len(list))
		for i := range list {
			out.Rules[d] = r.rule(out.Rules[d], rules.Direction(d), i, &list[i])
		}
	}
	if r.policy.Staged() {
		r.gaps = nil
		return out, false
	}
	return out, r.forPods()
}

// fields refuses fields that the kind does not have.
func (r *calicoReader) fields() {
	s := &r.policy.Spec
	refuse := func(there bool, field string) {
		if there {
			r.refuse("spec."+field, "there is no field %q in a %s", field, r.policy.Kind)
		}
	}
	if !r.global() {
		refuse(s.NamespaceSelector != "", "namespaceSelector")
		refuse(s.DoNotTrack, "doNotTrack")
		refuse(s.PreDNAT, "preDNAT")
		refuse(s.ApplyOnForward, "applyOnForward")
	}
	if !r.policy.Staged() {
		refuse(s.StagedAction != "", "stagedAction")
	}
	if s.StagedAction != "" && !slices.Contains([]string{"Set", "Delete", "Learn", "Ignore"}, s.StagedAction) {
		r.refuse("spec.stagedAction", "%q is not a staged action; want Set or Delete", clip(s.StagedAction))
	}
}

// forPods reports whether the policy decides anything about pods. What it does to
// host endpoints is not evaluated.
func (r *calicoReader) forPods() bool {
	s := &r.policy.Spec
	switch {
	case s.DoNotTrack && s.PreDNAT:
		r.refuse("spec.preDNAT", "preDNAT and doNotTrack exclude each other")
	case s.DoNotTrack:
		r.gap("spec.doNotTrack", "the policy is for host endpoints, which are not evaluated")
	case s.PreDNAT:
		r.gap("spec.preDNAT", "the policy is for host endpoints, which are not evaluated")
	case s.ApplyOnForward:
		r.gap("spec.applyOnForward", "what the policy does to traffic that host endpoints forward is not evaluated")
		return true
	default:
		return true
	}
	if !s.ApplyOnForward {
		r.refuse("spec.applyOnForward", "must be true with preDNAT or doNotTrack")
	}
	return false
}

// types applies Calico's default, which its API server fills in: each direction
// that has rules, Ingress when none has. Felix takes a stored policy without
// types to be for both.
func (r *calicoReader) types() [2]bool {
	s := &r.policy.Spec
	var out [2]bool
	if len(s.Types) == 0 {
		if r.policy.Stored {
			return [2]bool{true, true}
		}
		out[rules.Egress] = len(s.Egress) > 0
		out[rules.Ingress] = len(s.Ingress) > 0 || !out[rules.Egress]
		return out
	}
	for i, t := range s.Types {
		d := rules.Ingress
		switch t {
		case "Ingress":
		case "Egress":
			d = rules.Egress
		default:
			r.refuse(index("spec.types", i), "%q is not a policy type; want Ingress or Egress", clip(t))
			continue
		}
		if out[d] {
			r.refuse(index("spec.types", i), "%s is there twice", t)
		}
		out[d] = true
	}
	return out
}

// subject returns the pods that the policy applies to.
func (r *calicoReader) subject() rules.Selector {
	s := &r.policy.Spec
	all := selector.Expr{Op: selector.All}
	own := r.parse("spec.selector", s.Selector, false)
	accounts := r.parse("spec.serviceAccountSelector", s.ServiceAccountSelector, false)
	if !r.global() {
		if accounts == nil {
			accounts = &all
		}
		return rules.AllOf(rules.InNamespace(r.policy.Meta.Namespace), r.index.pods(own), r.index.pods(inherited(accounts, accountPrefix)))
	}
	whole := all
	if own != nil {
		whole = *own
	}
	if spaces := r.parse("spec.namespaceSelector", s.NamespaceSelector, false); spaces != nil {
		whole = selector.Both(whole, *inherited(spaces, namespacePrefix))
	}
	if accounts != nil {
		// Here all() means: whoever runs as a service account at all.
		whole = selector.Both(whole, *inherited(accounts, accountPrefix))
		whole = whole.Replace(allMeans(accountLabel))
	}
	return r.index.pods(&whole)
}
