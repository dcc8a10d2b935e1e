// Package kube holds the parts of Kubernetes objects that decide who can reach
// whom: slim copies of the API types with the API's own JSON names, so that a
// loader decodes straight into them. Specs of policies are complete, field for
// field, so that strict decoding can tell a misspelt field from a known one;
// everything else keeps only what the engine and the findings read.
//
// Nothing here applies defaults or checks values: that is the conversion's work
// (package rules and its converters), and it happens once for every source.
package kube

import (
	"fmt"
	"reflect"
)

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

// Object is what the objects of all kinds have in common.
type Object interface {
	Ref() Ref
	Head() (*Meta, *Origin)
}

// Ref names an object. Namespace is empty for cluster-scoped kinds.
type Ref struct {
	Kind, Namespace, Name string
}

// String returns "Kind namespace/name", or "Kind name" without a namespace.
func (r Ref) String() string {
	if r.Namespace == "" {
		return r.Kind + " " + r.Name
	}
	return r.Kind + " " + r.Namespace + "/" + r.Name
}

// Origin is where an object was read from. The zero value means a live cluster.
type Origin struct {
	File string // as the user would name it; "-" is standard input
	Line int    // first line of the object, counted from 1
}

// String returns "file:line", "file" when no line is known, or "" for a live
// object.
func (o Origin) String() string {
	if o.File == "" || o.Line == 0 {
		return o.File
	}
	return fmt.Sprintf("%s:%d", o.File, o.Line)
}

// Meta is the part of ObjectMeta that is used.
type Meta struct {
	Name            string            `json:"name"`
	Namespace       string            `json:"namespace,omitempty"`
	UID             string            `json:"uid,omitempty"`
	Labels          map[string]string `json:"labels,omitempty"`
	Annotations     map[string]string `json:"annotations,omitempty"`
	OwnerReferences []OwnerReference  `json:"ownerReferences,omitempty"`
}

// OwnerReference names the object that made this one.
type OwnerReference struct {
	APIVersion string `json:"apiVersion,omitempty"`
	Kind       string `json:"kind"`
	Name       string `json:"name"`
	UID        string `json:"uid,omitempty"`
	Controller bool   `json:"controller,omitempty"`
}

// Namespace is a v1 Namespace. The label kubernetes.io/metadata.name need not
// be there: the API server sets it, and so does the engine.
type Namespace struct {
	Meta   Meta   `json:"metadata"`
	Origin Origin `json:"-"`
}

// Ref names the namespace.
func (n *Namespace) Ref() Ref { return Ref{Kind: "Namespace", Name: n.Meta.Name} }

// Head returns the metadata and where the object was read from.
func (n *Namespace) Head() (*Meta, *Origin) { return &n.Meta, &n.Origin }

// Node is a v1 Node.
type Node struct {
	Meta   Meta       `json:"metadata"`
	Spec   NodeSpec   `json:"spec"`
	Status NodeStatus `json:"status"`
	Origin Origin     `json:"-"`
}

// Ref names the node.
func (n *Node) Ref() Ref { return Ref{Kind: "Node", Name: n.Meta.Name} }

// Head returns the metadata and where the object was read from.
func (n *Node) Head() (*Meta, *Origin) { return &n.Meta, &n.Origin }

// NodeSpec holds the ranges from which the node gives addresses to its pods.
type NodeSpec struct {
	PodCIDR  string   `json:"podCIDR,omitempty"`
	PodCIDRs []string `json:"podCIDRs,omitempty"`
}

// NodeStatus holds the node's own addresses and conditions.
type NodeStatus struct {
	Addresses  []NodeAddress   `json:"addresses,omitempty"`
	Conditions []NodeCondition `json:"conditions,omitempty"`
}

// NodeAddress is one address; Type is InternalIP, ExternalIP, Hostname, …
type NodeAddress struct {
	Type    string `json:"type"`
	Address string `json:"address"`
}

// NodeCondition is one condition; NetworkUnavailable shows who set the network up.
type NodeCondition struct {
	Type    string `json:"type"`
	Status  string `json:"status"`
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
}
