package kube

import "reflect"

// Objects is one state of a cluster. The order within a list never changes an
// answer. Workloads (Deployment, StatefulSet, …) come in as the pods they make:
// see Pod.Owner and Pod.Replicas.
type Objects struct {
	Namespaces []Namespace
	Nodes      []Node
	Pods       []Pod
	Services   []Service

	NetworkPolicies              []NetworkPolicy
	AdminNetworkPolicies         []AdminNetworkPolicy
	BaselineAdminNetworkPolicies []BaselineAdminNetworkPolicy
	ClusterNetworkPolicies       []ClusterNetworkPolicy

	// CalicoPolicies are Calico's own, of all kinds; the staged ones among them
	// never count. Staged Kubernetes policies are kept apart.
	CalicoPolicies           []CalicoPolicy
	StagedKubernetesPolicies []StagedKubernetesPolicy
	Tiers                    []Tier
	NetworkSets              []NetworkSet
	ServiceAccounts          []ServiceAccount
	EndpointSlices           []EndpointSlice

	// Others holds the lists of all other kinds: what only findings and the verdict
	// on enforcement read, and workloads until their pods are made. See ListOf.
	Others map[reflect.Type]any `json:"-"`
}

// ListOf returns the objects of a type that has no field in Objects.
func ListOf[T any](o *Objects) []T {
	list, _ := o.Others[reflect.TypeFor[T]()].([]T)
	return list
}

// SetList replaces the objects of a type that has no field in Objects.
func SetList[T any](o *Objects, list []T) {
	key := reflect.TypeFor[T]()
	if len(list) == 0 {
		delete(o.Others, key)
		return
	}
	if o.Others == nil {
		o.Others = make(map[reflect.Type]any)
	}
	o.Others[key] = list
}
