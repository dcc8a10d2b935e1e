package kinds

import (
	"iter"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/convert"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// Convert turns the policies of all kinds into tiers of rules.
func Convert(objects *kube.Objects, o convert.Options) convert.Result {
	return convert.Policies(objects, o, func(yield func(convert.Policy) bool) {
		for _, k := range table {
			for p := range k.rules(objects, o) {
				if !yield(p) {
					return
				}
			}
		}
	})
}

// Policies yields the policies of all kinds.
func Policies(objects *kube.Objects) iter.Seq[kube.Object] {
	return func(yield func(kube.Object) bool) {
		for _, k := range table {
			if !k.Policy {
				continue
			}
			for p := range k.Objects(objects) {
				if !yield(p) {
					return
				}
			}
		}
	}
}

// CountPolicies returns how many policies there are that may be enforced, and how
// many are only staged: shown, never enforced.
func CountPolicies(objects *kube.Objects) (policies, staged int) {
	for p := range Policies(objects) {
		if s, ok := p.(interface{ Staged() bool }); ok && s.Staged() {
			staged++
		} else {
			policies++
		}
	}
	return policies, staged
}
