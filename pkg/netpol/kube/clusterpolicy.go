package kube

// ClusterNetworkPolicy is policy.networking.k8s.io/v1alpha2.
type ClusterNetworkPolicy struct {
	Meta Meta `json:"metadata"`
	// Spec is complete. Tier is Admin or Baseline; lower priorities win within a tier.
	Spec struct {
		Tier     string           `json:"tier"`
		Priority int32            `json:"priority"`
		Subject  SelectedPods     `json:"subject"`
		Ingress  []ClusterIngress `json:"ingress,omitempty"`
		Egress   []ClusterEgress  `json:"egress,omitempty"`
	} `json:"spec"`
	Origin Origin `json:"-"`
}

// Ref names the policy.
func (p *ClusterNetworkPolicy) Ref() Ref {
	return Ref{Kind: "ClusterNetworkPolicy", Name: p.Meta.Name}
}

// Head returns the metadata and where the object was read from.
func (p *ClusterNetworkPolicy) Head() (*Meta, *Origin) { return &p.Meta, &p.Origin }

// NamespaceSelectors returns the selectors of namespaces in the policy.
func (p *ClusterNetworkPolicy) NamespaceSelectors() []SelectorAt {
	var out selectorList
	out.addSubject(&p.Spec.Subject)
	for i := range p.Spec.Ingress {
		out.addFrom(i, p.Spec.Ingress[i].Line, p.Spec.Ingress[i].From)
	}
	for i := range p.Spec.Egress {
		out.addTo(i, p.Spec.Egress[i].Line, p.Spec.Egress[i].To)
	}
	return out
}

// ClusterIngress is one v1alpha2 ingress rule; Action is Accept, Deny or Pass.
type ClusterIngress struct {
	Name      string            `json:"name,omitempty"`
	Action    string            `json:"action"`
	From      []SelectedPods    `json:"from"`
	Protocols []ClusterProtocol `json:"protocols,omitempty"`
	Line      int               `json:"-"` // line of the rule in Origin.File; 0 unknown
}

// ClusterEgress is one v1alpha2 egress rule; Action is Accept, Deny or Pass.
type ClusterEgress struct {
	Name      string            `json:"name,omitempty"`
	Action    string            `json:"action"`
	To        []AdminEgressPeer `json:"to"`
	Protocols []ClusterProtocol `json:"protocols,omitempty"`
	Line      int               `json:"-"` // line of the rule in Origin.File; 0 unknown
}

// ClusterProtocol is one protocol match; exactly one field is set.
type ClusterProtocol struct {
	TCP                  *ClusterTransport `json:"tcp,omitempty"`
	UDP                  *ClusterTransport `json:"udp,omitempty"`
	SCTP                 *ClusterTransport `json:"sctp,omitempty"`
	DestinationNamedPort string            `json:"destinationNamedPort,omitempty"`
}

// ClusterTransport matches a protocol, and its destination port when given.
type ClusterTransport struct {
	DestinationPort *ClusterPort `json:"destinationPort,omitempty"`
}

// ClusterPort is a number or a range; exactly one field is set.
type ClusterPort struct {
	Number int32             `json:"number,omitempty"`
	Range  *ClusterPortRange `json:"range,omitempty"`
}

// ClusterPortRange is ports from Start to End, both included.
type ClusterPortRange struct {
	Start int32 `json:"start"`
	End   int32 `json:"end"`
}
