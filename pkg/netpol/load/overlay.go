package load

import (
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// Overlay prepares two states for comparison. Files beside a cluster (or a
// snapshot of one) are taken as applied to it: their objects replace those of the
// same name. Two sets of files, and two clusters, stay as they are.
func Overlay(older, newer *Input) (*Input, *Input) {
	switch {
	case older.Cluster != nil && newer.Cluster == nil:
		return older, older.with(newer)
	case older.Cluster == nil && newer.Cluster != nil:
		return newer.with(older), newer
	}
	return older, newer
}

// with returns in after files have been applied to it.
func (in *Input) with(files *Input) *Input {
	out := &Input{Cluster: in.Cluster, Agents: in.Agents, Operators: in.Operators, stdin: files.stdin,
		Unreadable: in.Unreadable, Foreign: slices.Concat(in.Foreign, files.Foreign)}
	a, b := &in.Objects, &files.Objects
	out.Objects = kube.Objects{
		Namespaces:                   replace(a.Namespaces, b.Namespaces, func(o *kube.Namespace) kube.Ref { return o.Ref() }),
		Nodes:                        replace(a.Nodes, b.Nodes, func(o *kube.Node) kube.Ref { return kube.Ref{Name: o.Meta.Name} }),
		Pods:                         replacePods(a.Pods, b.Pods),
		Services:                     replace(a.Services, b.Services, func(o *kube.Service) kube.Ref { return o.Ref() }),
		NetworkPolicies:              replace(a.NetworkPolicies, b.NetworkPolicies, func(o *kube.NetworkPolicy) kube.Ref { return o.Ref() }),
		AdminNetworkPolicies:         replace(a.AdminNetworkPolicies, b.AdminNetworkPolicies, func(o *kube.AdminNetworkPolicy) kube.Ref { return o.Ref() }),
		BaselineAdminNetworkPolicies: replace(a.BaselineAdminNetworkPolicies, b.BaselineAdminNetworkPolicies, func(o *kube.BaselineAdminNetworkPolicy) kube.Ref { return o.Ref() }),
		ClusterNetworkPolicies:       replace(a.ClusterNetworkPolicies, b.ClusterNetworkPolicies, func(o *kube.ClusterNetworkPolicy) kube.Ref { return o.Ref() }),
		CalicoPolicies:               replace(a.CalicoPolicies, b.CalicoPolicies, func(o *kube.CalicoPolicy) kube.Ref { return o.Ref() }),
		StagedKubernetesPolicies:     replace(a.StagedKubernetesPolicies, b.StagedKubernetesPolicies, func(o *kube.StagedKubernetesPolicy) kube.Ref { return o.Ref() }),
		Tiers:                        replace(a.Tiers, b.Tiers, func(o *kube.Tier) kube.Ref { return o.Ref() }),
		NetworkSets:                  replace(a.NetworkSets, b.NetworkSets, func(o *kube.NetworkSet) kube.Ref { return o.Ref() }),
		ServiceAccounts:              replace(a.ServiceAccounts, b.ServiceAccounts, func(o *kube.ServiceAccount) kube.Ref { return o.Ref() }),
		EndpointSlices:               replace(a.EndpointSlices, b.EndpointSlices, func(o *kube.EndpointSlice) kube.Ref { return kube.Ref{Namespace: o.Meta.Namespace, Name: o.Meta.Name} }),
	}
	return out
}

func replace[T any](old, by []T, ref func(*T) kube.Ref) []T {
	if len(by) == 0 {
		return old
	}
	gone := make(map[kube.Ref]bool, len(by))
	for i := range by {
		gone[ref(&by[i])] = true
	}
	var out []T
	for i := range old {
		if !gone[ref(&old[i])] {
			out = append(out, old[i])
		}
	}
	return append(out, by...)
}

// replacePods replaces pods by name, and the pods of a workload by those that its
// new template makes. Labels change what a running pod may do only when the
// workload has replaced it; the diff shows the state after that.
func replacePods(old, by []kube.Pod) []kube.Pod {
	if len(by) == 0 {
		return old
	}
	names, owners := make(map[kube.Ref]bool), make(map[kube.Ref]bool)
	for i := range by {
		names[by[i].Ref()] = true
		if o := by[i].Owner; o.Kind != "" {
			owners[o] = true
		}
	}
	var out []kube.Pod
	for i := range old {
		p := &old[i]
		if !names[p.Ref()] && (p.Owner.Kind == "" || !owners[p.Owner]) {
			out = append(out, *p)
		}
	}
	return append(out, by...)
}
