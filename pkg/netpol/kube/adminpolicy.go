package kube

// AdminNetworkPolicy is policy.networking.k8s.io/v1alpha1.
type AdminNetworkPolicy struct {
	Meta Meta `json:"metadata"`
	// Spec is complete. Lower priorities win.
	Spec struct {
		Priority int32          `json:"priority"`
		Subject  SelectedPods   `json:"subject"`
		Ingress  []AdminIngress `json:"ingress,omitempty"`
		Egress   []AdminEgress  `json:"egress,omitempty"`
	} `json:"spec"`
	Origin Origin `json:"-"`
}

// Ref names the policy.
func (p *AdminNetworkPolicy) Ref() Ref { return Ref{Kind: "AdminNetworkPolicy", Name: p.Meta.Name} }

// Head returns the metadata and where the object was read from.
func (p *AdminNetworkPolicy) Head() (*Meta, *Origin) { return &p.Meta, &p.Origin }

// NamespaceSelectors returns the selectors of namespaces in the policy.
func (p *AdminNetworkPolicy) NamespaceSelectors() []SelectorAt {
	var out selectorList
	out.addAdmin(&p.Spec.Subject, p.Spec.Ingress, p.Spec.Egress)
	return out
}

// BaselineAdminNetworkPolicy is policy.networking.k8s.io/v1alpha1. The API
// admits one, named "default".
type BaselineAdminNetworkPolicy struct {
	Meta Meta `json:"metadata"`
	// Spec is complete. Its rules allow or deny; they cannot pass.
	Spec struct {
		Subject SelectedPods   `json:"subject"`
		Ingress []AdminIngress `json:"ingress,omitempty"`
		Egress  []AdminEgress  `json:"egress,omitempty"`
	} `json:"spec"`
	Origin Origin `json:"-"`
}

// Ref names the policy.
func (p *BaselineAdminNetworkPolicy) Ref() Ref {
	return Ref{Kind: "BaselineAdminNetworkPolicy", Name: p.Meta.Name}
}

// Head returns the metadata and where the object was read from.
func (p *BaselineAdminNetworkPolicy) Head() (*Meta, *Origin) { return &p.Meta, &p.Origin }

// NamespaceSelectors returns the selectors of namespaces in the policy.
func (p *BaselineAdminNetworkPolicy) NamespaceSelectors() []SelectorAt {
	var out selectorList
	out.addAdmin(&p.Spec.Subject, p.Spec.Ingress, p.Spec.Egress)
	return out
}

// SelectedPods is the pods that a cluster-wide policy applies to, or a source in
// its rules; exactly one field is set. A policy never applies to pods on the host
// network.
type SelectedPods struct {
	Namespaces *LabelSelector  `json:"namespaces,omitempty"`
	Pods       *NamespacedPods `json:"pods,omitempty"`
}

// NamespacedPods is pods by namespace and label, both required.
type NamespacedPods struct {
	NamespaceSelector LabelSelector `json:"namespaceSelector"`
	PodSelector       LabelSelector `json:"podSelector"`
}

// AdminIngress is one v1alpha1 ingress rule; Action is Allow, Deny or Pass.
type AdminIngress struct {
	Name   string         `json:"name,omitempty"`
	Action string         `json:"action"`
	From   []SelectedPods `json:"from"`
	Ports  *[]AdminPort   `json:"ports,omitempty"`
	Line   int            `json:"-"` // line of the rule in Origin.File; 0 unknown
}

// AdminEgress is one v1alpha1 egress rule; Action is Allow, Deny or Pass.
type AdminEgress struct {
	Name   string            `json:"name,omitempty"`
	Action string            `json:"action"`
	To     []AdminEgressPeer `json:"to"`
	Ports  *[]AdminPort      `json:"ports,omitempty"`
	Line   int               `json:"-"` // line of the rule in Origin.File; 0 unknown
}

// AdminEgressPeer is one destination; exactly one field is set.
type AdminEgressPeer struct {
	Namespaces  *LabelSelector  `json:"namespaces,omitempty"`
	Pods        *NamespacedPods `json:"pods,omitempty"`
	Nodes       *LabelSelector  `json:"nodes,omitempty"`
	Networks    []string        `json:"networks,omitempty"`
	DomainNames []string        `json:"domainNames,omitempty"`
}

// AdminPort is a v1alpha1 port; exactly one field is set.
type AdminPort struct {
	PortNumber *AdminPortNumber `json:"portNumber,omitempty"`
	NamedPort  *string          `json:"namedPort,omitempty"`
	PortRange  *AdminPortRange  `json:"portRange,omitempty"`
}

// AdminPortNumber is one port; an absent protocol is TCP.
type AdminPortNumber struct {
	Protocol string `json:"protocol,omitempty"`
	Port     int32  `json:"port"`
}

// AdminPortRange is ports from Start to End, both included; an absent protocol
// is TCP.
type AdminPortRange struct {
	Protocol string `json:"protocol,omitempty"`
	Start    int32  `json:"start"`
	End      int32  `json:"end"`
}
