package load

import (
	"cmp"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// Close waits for what was streamed and returns it all together, in the order of
// the sources.
func (c *Collector) Close() *Input {
	c.Drop()
	c.order()
	in := &Input{Refused: c.extra, Cluster: c.cluster}
	in.reserve(c.parts)
	for i := range c.parts {
		in.append(&c.parts[i].part.Input)
		c.parts[i] = result{}
	}
	in.finish()
	in.sortRefusals(c.names)
	in.oneRefusalPerFlood()
	return in
}

// Drop ends the collector where nobody wants what was streamed: joining it would
// take memory.
func (c *Collector) Drop() {
	close(c.jobs)
	c.workers.Wait()
}

// order sorts what was decoded and drops what was forgotten.
func (c *Collector) order() {
	c.parts = slices.DeleteFunc(c.parts, func(r result) bool { return r.epoch != c.epochs[r.index] })
	slices.SortStableFunc(c.parts, func(a, b result) int {
		return cmp.Or(cmp.Compare(a.index, b.index), cmp.Compare(a.seq, b.seq))
	})
}

// reserve makes room for what is many, so that joining the parts leaves nothing
// behind.
func (in *Input) reserve(parts []result) {
	pods, policies := 0, 0
	for i := range parts {
		pods += len(parts[i].part.Objects.Pods)
		policies += len(parts[i].part.Objects.NetworkPolicies)
	}
	in.Objects.Pods = make([]kube.Pod, 0, pods)
	in.Objects.NetworkPolicies = make([]kube.NetworkPolicy, 0, policies)
}

func (in *Input) append(p *Input) {
	join(&in.Objects.Namespaces, p.Objects.Namespaces)
	join(&in.Objects.Nodes, p.Objects.Nodes)
	join(&in.Objects.Pods, p.Objects.Pods)
	join(&in.Objects.Services, p.Objects.Services)
	join(&in.Objects.NetworkPolicies, p.Objects.NetworkPolicies)
	join(&in.Objects.AdminNetworkPolicies, p.Objects.AdminNetworkPolicies)
	join(&in.Objects.BaselineAdminNetworkPolicies, p.Objects.BaselineAdminNetworkPolicies)
	join(&in.Objects.ClusterNetworkPolicies, p.Objects.ClusterNetworkPolicies)
	join(&in.Objects.CalicoPolicies, p.Objects.CalicoPolicies)
	join(&in.Objects.StagedKubernetesPolicies, p.Objects.StagedKubernetesPolicies)
	join(&in.Objects.Tiers, p.Objects.Tiers)
	join(&in.Objects.NetworkSets, p.Objects.NetworkSets)
	join(&in.Objects.ServiceAccounts, p.Objects.ServiceAccounts)
	join(&in.Objects.EndpointSlices, p.Objects.EndpointSlices)
	join(&in.Ingresses, p.Ingresses)
	join(&in.Routes, p.Routes)
	join(&in.Agents, p.Agents)
	join(&in.Operators, p.Operators)
	join(&in.Foreign, p.Foreign)
	join(&in.Refused, p.Refused)
	join(&in.workloads, p.workloads)
	join(&in.Unreadable, p.Unreadable)
	if p.Cluster != nil {
		in.Cluster = p.Cluster
	}
}

func join[T any](to *[]T, from []T) { *to = append(*to, from...) }

// oneRefusalPerFlood keeps the first refusals of a source that is refused all
// over.
func (in *Input) oneRefusalPerFlood() {
	seen := make(map[string]int)
	in.Refused = slices.DeleteFunc(in.Refused, func(r Refusal) bool {
		seen[r.File]++
		return seen[r.File] > maxRefused
	})
}
