package kube

import "fmt"

// Object is an object of any kind.
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
