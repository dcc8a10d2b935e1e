package kube

import "fmt"

// NetworkPolicy is networking.k8s.io/v1.
type NetworkPolicy struct {
	Meta   Meta              `json:"metadata"`
	Spec   NetworkPolicySpec `json:"spec"`
	Origin Origin            `json:"-"`
}

// Ref names the policy.
func (p *NetworkPolicy) Ref() Ref {
	return Ref{Kind: "NetworkPolicy", Namespace: p.Meta.Namespace, Name: p.Meta.Name}
}

// Head returns the metadata and where the object was read from.
func (p *NetworkPolicy) Head() (*Meta, *Origin) { return &p.Meta, &p.Origin }

// NamespaceSelectors returns the selectors of namespaces in the policy.
func (p *NetworkPolicy) NamespaceSelectors() []SelectorAt {
	var out selectorList
	add := func(path string, line int, peers []NetworkPolicyPeer) {
		for i := range peers {
			out.add(fmt.Sprintf("%s[%d]", path, i), "namespaceSelector", line, peers[i].NamespaceSelector)
		}
	}
	for i := range p.Spec.Ingress {
		add(fmt.Sprintf("spec.ingress[%d].from", i), p.Spec.Ingress[i].Line, p.Spec.Ingress[i].From)
	}
	for i := range p.Spec.Egress {
		add(fmt.Sprintf("spec.egress[%d].to", i), p.Spec.Egress[i].Line, p.Spec.Egress[i].To)
	}
	return out
}

// NetworkPolicySpec is the spec, complete. A nil PolicyTypes means absent: then
// Ingress, and Egress only when there is an egress rule.
type NetworkPolicySpec struct {
	PodSelector LabelSelector              `json:"podSelector"`
	Ingress     []NetworkPolicyIngressRule `json:"ingress,omitempty"`
	Egress      []NetworkPolicyEgressRule  `json:"egress,omitempty"`
	PolicyTypes []string                   `json:"policyTypes,omitempty"`
}

// NetworkPolicyIngressRule allows the listed ports from the listed peers; an
// empty or absent list stands for all.
type NetworkPolicyIngressRule struct {
	Ports []NetworkPolicyPort `json:"ports,omitempty"`
	From  []NetworkPolicyPeer `json:"from,omitempty"`
	Line  int                 `json:"-"` // line of the rule in Origin.File; 0 unknown
}

// NetworkPolicyEgressRule is the same towards the listed peers.
type NetworkPolicyEgressRule struct {
	Ports []NetworkPolicyPort `json:"ports,omitempty"`
	To    []NetworkPolicyPeer `json:"to,omitempty"`
	Line  int                 `json:"-"` // line of the rule in Origin.File; 0 unknown
}

// NetworkPolicyPort is a port, a range, a name, or, with Port nil, every port of
// the protocol; an absent protocol is TCP.
type NetworkPolicyPort struct {
	Protocol *string      `json:"protocol,omitempty"`
	Port     *IntOrString `json:"port,omitempty"`
	EndPort  *int32       `json:"endPort,omitempty"`
}

// NetworkPolicyPeer is either an IP block or pods by their own labels, their
// namespace's, or both; with NamespaceSelector nil, the policy's namespace.
type NetworkPolicyPeer struct {
	PodSelector       *LabelSelector `json:"podSelector,omitempty"`
	NamespaceSelector *LabelSelector `json:"namespaceSelector,omitempty"`
	IPBlock           *IPBlock       `json:"ipBlock,omitempty"`
}

// IPBlock is a CIDR without the ranges listed in Except.
type IPBlock struct {
	CIDR   string   `json:"cidr"`
	Except []string `json:"except,omitempty"`
}
