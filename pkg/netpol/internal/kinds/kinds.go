package kinds

import (
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/convert"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// Kind is a row of the table: objects of one Go type.
type Kind struct {
	// Names are those under which the objects are read; none for objects that are
	// made from others.
	Names []Name
	// Complete: the Go type has every field of the API's spec, so that a field that
	// it does not have is a mistake, and objects of other versions are named as not
	// evaluated.
	Complete bool
	// Policy: the objects are network policies, and count as such.
	Policy bool
	// Skips: the annotation that skips findings about an object is heeded on these.
	Skips bool

	List
}

// Name is a name under which objects are read.
type Name struct {
	Group   string // of the API; "" is the core group
	Version string // the one that is understood
	Kind    string
	// AnyVersion: what is read of the objects is the same in all versions.
	AnyVersion  bool
	ClusterWide bool
	// Resource is the plural under which an API server lists the objects; "" where
	// discovery finds it.
	Resource string
	Live     Live
	// Needed: an answer about a cluster that does not show them is incomplete.
	Needed bool
	// MetadataOnly: their spec is not read from a cluster.
	MetadataOnly bool
}

// Live is when objects are read from a cluster.
type Live uint8

// The times at which objects are read from a cluster.
const (
	Never      Live = iota // only files hold them: in a cluster the pods that they make count
	Always                 // every cluster serves them
	Discovered             // where the API server says that it serves them
	WithCalico             // where it serves policies of Calico, which refer to them
)

const (
	core       = ""
	network    = "networking.k8s.io"
	clusterAPI = "policy.networking.k8s.io"
	gateway    = "gateway.networking.k8s.io"
	admission  = "admissionregistration.k8s.io"
)

// table is in the order of snapshots.
var table = []*Kind{
	{Names: []Name{{Group: core, Version: "v1", AnyVersion: true, Kind: "Namespace", ClusterWide: true, Resource: "namespaces", Live: Always, Needed: true}},
		Skips: true, List: listOf(func(o *kube.Objects) *[]kube.Namespace { return &o.Namespaces })},
	{Names: []Name{{Group: core, Version: "v1", AnyVersion: true, Kind: "Node", ClusterWide: true, Resource: "nodes", Live: Always, Needed: true}},
		List: listOf(func(o *kube.Objects) *[]kube.Node { return &o.Nodes })},
	{Names: []Name{{Group: core, Version: "v1", AnyVersion: true, Kind: "Pod", Resource: "pods", Live: Always, Needed: true}},
		Skips: true, List: listOf(func(o *kube.Objects) *[]kube.Pod { return &o.Pods }).replacedBy(replacePods)},
	{Names: []Name{{Group: core, Version: "v1", AnyVersion: true, Kind: "Service", Resource: "services", Live: Always}},
		Skips: true, List: listOf(func(o *kube.Objects) *[]kube.Service { return &o.Services })},

	{Names: []Name{{Group: network, Version: "v1", Kind: "NetworkPolicy", Resource: "networkpolicies", Live: Always, Needed: true}},
		Complete: true, Policy: true, Skips: true,
		List: listOf(func(o *kube.Objects) *[]kube.NetworkPolicy { return &o.NetworkPolicies }).convertedBy(convert.NetworkPolicy)},
	{Names: []Name{{Group: clusterAPI, Version: "v1alpha1", Kind: "AdminNetworkPolicy", ClusterWide: true, Live: Discovered, Needed: true}},
		Complete: true, Policy: true, Skips: true,
		List: listOf(func(o *kube.Objects) *[]kube.AdminNetworkPolicy { return &o.AdminNetworkPolicies }).convertedBy(convert.AdminPolicy)},
	{Names: []Name{{Group: clusterAPI, Version: "v1alpha1", Kind: "BaselineAdminNetworkPolicy", ClusterWide: true, Live: Discovered, Needed: true}},
		Complete: true, Policy: true, Skips: true,
		List: listOf(func(o *kube.Objects) *[]kube.BaselineAdminNetworkPolicy { return &o.BaselineAdminNetworkPolicies }).convertedBy(convert.BaselinePolicy)},
	{Names: []Name{{Group: clusterAPI, Version: "v1alpha2", Kind: "ClusterNetworkPolicy", ClusterWide: true, Live: Discovered, Needed: true}},
		Complete: true, Policy: true, Skips: true,
		List: listOf(func(o *kube.Objects) *[]kube.ClusterNetworkPolicy { return &o.ClusterNetworkPolicies }).convertedBy(convert.ClusterPolicy)},

	// Calico's policies refer to each other's tiers and sets: convert.Policies
	// converts them all together.
	{Names: calico(Name{Kind: "NetworkPolicy", Needed: true}, Name{Kind: "GlobalNetworkPolicy", ClusterWide: true, Needed: true},
		Name{Kind: "StagedNetworkPolicy"}, Name{Kind: "StagedGlobalNetworkPolicy", ClusterWide: true}),
		Complete: true, Policy: true, Skips: true,
		List: listOf(func(o *kube.Objects) *[]kube.CalicoPolicy { return &o.CalicoPolicies }).comparedBy(sameCalicoPolicy)},
	{Names: calico(Name{Kind: "StagedKubernetesNetworkPolicy"}), Complete: true, Policy: true, Skips: true,
		List: listOf(func(o *kube.Objects) *[]kube.StagedKubernetesPolicy { return &o.StagedKubernetesPolicies })},
	{Names: calico(Name{Kind: "Tier", ClusterWide: true, Needed: true}), Complete: true, Skips: true,
		List: listOf(func(o *kube.Objects) *[]kube.Tier { return &o.Tiers })},
	{Names: calico(Name{Kind: "NetworkSet", Needed: true}, Name{Kind: "GlobalNetworkSet", ClusterWide: true, Needed: true}), Complete: true,
		List: listOf(func(o *kube.Objects) *[]kube.NetworkSet { return &o.NetworkSets })},
	{Names: []Name{{Group: core, Version: "v1", AnyVersion: true, Kind: "ServiceAccount", Resource: "serviceaccounts", Live: WithCalico, MetadataOnly: true}},
		List: listOf(func(o *kube.Objects) *[]kube.ServiceAccount { return &o.ServiceAccounts })},
	{Names: []Name{{Group: "discovery.k8s.io", Version: "v1", Kind: "EndpointSlice", Resource: "endpointslices", Live: WithCalico}},
		List: listOf(func(o *kube.Objects) *[]kube.EndpointSlice { return &o.EndpointSlices })},

	{Names: []Name{{Group: network, Version: "v1", Kind: "Ingress", Resource: "ingresses", Live: Always}},
		Skips: true, List: otherList[kube.Ingress]().unmerged()},
	{Names: []Name{{Group: network, Version: "v1", AnyVersion: true, Kind: "IngressClass", ClusterWide: true, Resource: "ingressclasses", Live: Always},
		{Group: gateway, Version: "v1", AnyVersion: true, Kind: "GatewayClass", ClusterWide: true, Live: Discovered}},
		List: otherList[kube.TrafficClass]().unmerged()},
	{Names: []Name{{Group: admission, Version: "v1", AnyVersion: true, Kind: "ValidatingWebhookConfiguration", ClusterWide: true, Resource: "validatingwebhookconfigurations", Live: Always},
		{Group: admission, Version: "v1", AnyVersion: true, Kind: "MutatingWebhookConfiguration", ClusterWide: true, Resource: "mutatingwebhookconfigurations", Live: Always}},
		Skips: true, List: otherList[kube.WebhookConfiguration]().unmerged()},
	{List: otherList[kube.Agent]().unmerged()},
	{Names: []Name{{Group: "operator.tigera.io", Version: "v1", AnyVersion: true, Kind: "TigeraStatus", ClusterWide: true, Live: Discovered}},
		List: otherList[kube.OperatorStatus]().unmerged()},
	{Names: anyVersion(gateway, "v1", Discovered, "HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"),
		List: otherList[kube.Route]().unmerged()},
	{Names: workloads(), List: otherList[kube.Workload]()},
}

// All returns the table.
func All() []*Kind { return table }

// Find returns the row and the name that a group and kind stand for; nil when
// such objects are not read.
func Find(group, kind string) (*Kind, *Name) {
	for _, k := range table {
		for i := range k.Names {
			if n := &k.Names[i]; n.Kind == kind && n.Group == group {
				return k, n
			}
		}
	}
	return nil, nil
}

// calico gives kinds of Calico both spellings: that of its API server, and the
// one in which it stores the same objects.
func calico(names ...Name) []Name {
	var out []Name
	for _, n := range names {
		n.Live = Discovered
		n.Group, n.Version = kube.CalicoGroup, "v3"
		out = append(out, n)
		n.Group, n.Version = kube.CalicoStorageGroup, "v1"
		out = append(out, n)
	}
	return out
}

func anyVersion(group, version string, live Live, kinds ...string) []Name {
	var out []Name
	for _, k := range kinds {
		out = append(out, Name{Group: group, Version: version, AnyVersion: true, Kind: k, Live: live})
	}
	return out
}

// workloads are the kinds that make pods. From a cluster only what leads to
// the owners of its pods is read, and the DaemonSets that may enforce policies.
func workloads() []Name {
	out := []Name{
		{Group: "apps", Version: "v1", AnyVersion: true, Kind: "DaemonSet", Resource: "daemonsets", Live: Always},
		{Group: "apps", Version: "v1", AnyVersion: true, Kind: "ReplicaSet", Resource: "replicasets", Live: Always, MetadataOnly: true},
		{Group: "batch", Version: "v1", AnyVersion: true, Kind: "Job", Resource: "jobs", Live: Always, MetadataOnly: true},
	}
	out = append(out, anyVersion("apps", "v1", Never, "Deployment", "StatefulSet")...)
	out = append(out, anyVersion("batch", "v1", Never, "CronJob")...)
	out = append(out, anyVersion(core, "v1", Never, "ReplicationController")...)
	return append(out, anyVersion("extensions", "v1beta1", Never, "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet")...)
}

// APIVersion returns the group and version as objects carry them.
func (n *Name) APIVersion() string {
	if n.Group == "" {
		return n.Version
	}
	return n.Group + "/" + n.Version
}
