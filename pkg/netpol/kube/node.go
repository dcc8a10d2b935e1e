package kube

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
	Meta Meta `json:"metadata"`
	// Spec holds the ranges from which the node gives addresses to its pods.
	Spec struct {
		PodCIDR  string   `json:"podCIDR,omitempty"`
		PodCIDRs []string `json:"podCIDRs,omitempty"`
	} `json:"spec"`
	Status struct {
		Addresses  []NodeAddress `json:"addresses,omitempty"`
		Conditions []condition   `json:"conditions,omitempty"`
	} `json:"status"`
	Origin Origin `json:"-"`
}

// Ref names the node.
func (n *Node) Ref() Ref { return Ref{Kind: "Node", Name: n.Meta.Name} }

// Head returns the metadata and where the object was read from.
func (n *Node) Head() (*Meta, *Origin) { return &n.Meta, &n.Origin }

// NodeAddress is one address; Type is InternalIP, ExternalIP, Hostname, …
type NodeAddress struct {
	Type    string `json:"type"`
	Address string `json:"address"`
}

// condition is one condition of an object; NetworkUnavailable of a node shows who
// set the network up.
type condition struct {
	Type    string `json:"type"`
	Status  string `json:"status"`
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
}
