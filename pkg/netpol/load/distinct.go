package load

import (
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// name is what tells objects of one kind apart.
type name struct{ namespace, name string }

// dropRepeated leaves objects out that say the same a second time: manifests of
// one namespace often carry the Namespace along. Two that differ stay, and are
// refused by whoever evaluates them.
func (in *Input) dropRepeated() {
	o := &in.Objects
	o.Namespaces = distinct(o.Namespaces, func(x *kube.Namespace) *kube.Meta { return &x.Meta })
	o.Nodes = distinct(o.Nodes, func(x *kube.Node) *kube.Meta { return &x.Meta })
	o.Pods = distinct(o.Pods, func(x *kube.Pod) *kube.Meta { return &x.Meta })
	o.Services = distinct(o.Services, func(x *kube.Service) *kube.Meta { return &x.Meta })
	o.NetworkPolicies = distinct(o.NetworkPolicies, func(x *kube.NetworkPolicy) *kube.Meta { return &x.Meta })
	o.AdminNetworkPolicies = distinct(o.AdminNetworkPolicies, func(x *kube.AdminNetworkPolicy) *kube.Meta { return &x.Meta })
	o.BaselineAdminNetworkPolicies = distinct(o.BaselineAdminNetworkPolicies, func(x *kube.BaselineAdminNetworkPolicy) *kube.Meta { return &x.Meta })
	o.ClusterNetworkPolicies = distinct(o.ClusterNetworkPolicies, func(x *kube.ClusterNetworkPolicy) *kube.Meta { return &x.Meta })
	o.CalicoPolicies = dropRepeatedPolicies(o.CalicoPolicies)
	o.StagedKubernetesPolicies = distinct(o.StagedKubernetesPolicies, func(x *kube.StagedKubernetesPolicy) *kube.Meta { return &x.Meta })
	o.Tiers = distinct(o.Tiers, func(x *kube.Tier) *kube.Meta { return &x.Meta })
	o.NetworkSets = distinct(o.NetworkSets, func(x *kube.NetworkSet) *kube.Meta { return &x.Meta })
	o.ServiceAccounts = distinct(o.ServiceAccounts, func(x *kube.ServiceAccount) *kube.Meta { return &x.Meta })
	o.EndpointSlices = distinct(o.EndpointSlices, func(x *kube.EndpointSlice) *kube.Meta { return &x.Meta })
	byKind := make(map[string][]Workload)
	for _, w := range in.workloads {
		byKind[w.Kind] = append(byKind[w.Kind], w)
	}
	in.workloads = in.workloads[:0]
	for _, kind := range workloadKinds() {
		in.workloads = append(in.workloads, distinct(byKind[kind], func(x *Workload) *kube.Meta { return &x.Meta })...)
	}
}

func distinct[T any](list []T, meta func(*T) *kube.Meta) []T {
	first := make(map[name]int, len(list))
	var out []T // nil as long as nothing is left out
	for i := range list {
		m := meta(&list[i])
		at, seen := first[name{m.Namespace, m.Name}]
		if !seen {
			first[name{m.Namespace, m.Name}] = i
		}
		switch {
		case seen && same(&list[at], &list[i]):
			if out == nil {
				out = append(make([]T, 0, len(list)), list[:i]...)
			}
		case out != nil:
			out = append(out, list[i])
		}
	}
	if out == nil {
		return list
	}
	return out
}
