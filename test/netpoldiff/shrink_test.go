package netpoldiff

import (
	"encoding/json"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// shrink takes parts of a cluster away as long as it stays bad, so that a failure
// shows little more than its cause.
func shrink(o *kube.Objects, bad func(*kube.Objects) bool) *kube.Objects {
	data, err := json.Marshal(o)
	if err != nil {
		return o
	}
	var tree any
	if err := json.Unmarshal(data, &tree); err != nil {
		return o
	}
	try := func() bool {
		data, err := json.Marshal(tree)
		if err != nil {
			return false
		}
		one := &kube.Objects{}
		if json.Unmarshal(data, one) != nil {
			return false
		}
		for i := range one.CalicoPolicies { // what a policy is, JSON does not say
			p := &one.CalicoPolicies[i]
			p.Kind = kube.CalicoNetworkPolicy
			if p.Meta.Namespace == "" {
				p.Kind = kube.GlobalNetworkPolicy
			}
		}
		if !bad(one) {
			return false
		}
		o = one
		return true
	}
	for prune(&tree, func(v any) { tree = v }, try) {
	}
	return o
}

// prune removes one part below v for which try stays true, and reports whether it
// did. set puts another value in v's place.
func prune(v *any, set func(any), try func() bool) bool {
	switch x := (*v).(type) {
	case []any:
		for i := range x {
			less := append(append([]any{}, x[:i]...), x[i+1:]...)
			set(less)
			if try() {
				return true
			}
			set(x)
			if prune(&x[i], func(n any) { x[i] = n }, try) {
				return true
			}
		}
	case map[string]any:
		for key, old := range x {
			delete(x, key)
			if try() {
				return true
			}
			x[key] = old
			if prune(&old, func(n any) { x[key] = n }, try) {
				return true
			}
		}
	}
	return false
}
