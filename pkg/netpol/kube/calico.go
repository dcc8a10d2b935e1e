package kube

import "strings"

// The API groups of Calico: what its API server serves, and how it stores the
// same objects, under names that carry the tier.
const (
	CalicoGroup        = "projectcalico.org"
	CalicoStorageGroup = "crd.projectcalico.org"
)

// The names under which Calico's own NetworkPolicy and its staged kinds are
// known. kubectl understands the first in this form; a plain NetworkPolicy is
// Kubernetes'.
const (
	CalicoNetworkPolicy           = "NetworkPolicy.projectcalico.org"
	GlobalNetworkPolicy           = "GlobalNetworkPolicy"
	StagedNetworkPolicy           = "StagedNetworkPolicy"
	StagedGlobalNetworkPolicy     = "StagedGlobalNetworkPolicy"
	StagedKubernetesNetworkPolicy = "StagedKubernetesNetworkPolicy"
)

// CalicoPolicy is a NetworkPolicy or GlobalNetworkPolicy of projectcalico.org/v3,
// or the staged form of one.
type CalicoPolicy struct {
	Meta Meta             `json:"metadata"`
	Spec CalicoPolicySpec `json:"spec"`
	// Kind is one of the names above.
	Kind   string `json:"-"`
	Origin Origin `json:"-"`
	// Stored is true for a policy that was read as crd.projectcalico.org/v1, where
	// nothing fills in defaults.
	Stored bool `json:"-"`
}

// Ref names the policy.
func (p *CalicoPolicy) Ref() Ref {
	return Ref{Kind: p.Kind, Namespace: p.Meta.Namespace, Name: p.Meta.Name}
}

// Head returns the metadata and where the object was read from.
func (p *CalicoPolicy) Head() (*Meta, *Origin) { return &p.Meta, &p.Origin }

// SetKind notes under which group and kind the policy was read.
func (p *CalicoPolicy) SetKind(group, kind string) {
	if kind == "NetworkPolicy" {
		kind = CalicoNetworkPolicy
	}
	p.Kind, p.Stored = kind, group == CalicoStorageGroup
}

// WrittenAs returns the apiVersion and kind of the policy in a snapshot: those it
// was read with, because only there its defaults are the same.
func (p *CalicoPolicy) WrittenAs() (apiVersion, kind string) {
	kind, _, _ = strings.Cut(p.Kind, ".")
	if p.Stored {
		return CalicoStorageGroup + "/v1", kind
	}
	return CalicoGroup + "/v3", kind
}

// Staged reports whether the policy is only staged: shown, never enforced.
func (p *CalicoPolicy) Staged() bool {
	return p.Kind == StagedNetworkPolicy || p.Kind == StagedGlobalNetworkPolicy
}

// StagedKubernetesPolicy is a NetworkPolicy of Kubernetes in Calico's staged
// form. It is never enforced.
type StagedKubernetesPolicy struct {
	Meta Meta `json:"metadata"`
	Spec struct {
		StagedAction string                     `json:"stagedAction,omitempty"`
		PodSelector  LabelSelector              `json:"podSelector"`
		Ingress      []NetworkPolicyIngressRule `json:"ingress,omitempty"`
		Egress       []NetworkPolicyEgressRule  `json:"egress,omitempty"`
		PolicyTypes  []string                   `json:"policyTypes,omitempty"`
	} `json:"spec"`
	Origin Origin `json:"-"`
}

// Ref names the policy.
func (p *StagedKubernetesPolicy) Ref() Ref {
	return Ref{Kind: StagedKubernetesNetworkPolicy, Namespace: p.Meta.Namespace, Name: p.Meta.Name}
}

// Head returns the metadata and where the object was read from.
func (p *StagedKubernetesPolicy) Head() (*Meta, *Origin) { return &p.Meta, &p.Origin }

// Staged reports that the policy is only staged.
func (p *StagedKubernetesPolicy) Staged() bool { return true }

// CalicoPolicySpec is the spec, complete: the union of what the kinds hold.
// Policies of lower Order come first; nil is last.
type CalicoPolicySpec struct {
	Tier                   string       `json:"tier,omitempty"`
	Order                  *float64     `json:"order,omitempty"`
	Selector               string       `json:"selector,omitempty"`
	NamespaceSelector      string       `json:"namespaceSelector,omitempty"` // global kinds only
	ServiceAccountSelector string       `json:"serviceAccountSelector,omitempty"`
	Types                  []string     `json:"types,omitempty"`
	Ingress                []CalicoRule `json:"ingress,omitempty"`
	Egress                 []CalicoRule `json:"egress,omitempty"`
	PerformanceHints       []string     `json:"performanceHints,omitempty"`
	StagedAction           string       `json:"stagedAction,omitempty"` // staged kinds only

	// Of global kinds only.
	DoNotTrack     bool `json:"doNotTrack,omitempty"`
	PreDNAT        bool `json:"preDNAT,omitempty"`
	ApplyOnForward bool `json:"applyOnForward,omitempty"`
}

// CalicoRule matches what all of its fields match.
type CalicoRule struct {
	Action      string       `json:"action"`
	IPVersion   *int32       `json:"ipVersion,omitempty"`
	Protocol    *IntOrString `json:"protocol,omitempty"`
	NotProtocol *IntOrString `json:"notProtocol,omitempty"`
	ICMP        *CalicoICMP  `json:"icmp,omitempty"`
	NotICMP     *CalicoICMP  `json:"notICMP,omitempty"`
	Source      CalicoEntity `json:"source,omitzero"`
	Destination CalicoEntity `json:"destination,omitzero"`
	// HTTP matches requests; only a proxy beside the pod can tell.
	HTTP *struct {
		Methods []string `json:"methods,omitempty"`
		Paths   []struct {
			Exact  string `json:"exact,omitempty"`
			Prefix string `json:"prefix,omitempty"`
		} `json:"paths,omitempty"`
	} `json:"http,omitempty"`
	Metadata *struct {
		Annotations map[string]string `json:"annotations,omitempty"`
	} `json:"metadata,omitempty"`
	Line int `json:"-"` // line of the rule in Origin.File; 0 unknown
}

// CalicoICMP is an ICMP type, and a code of it.
type CalicoICMP struct {
	Type *int32 `json:"type,omitempty"`
	Code *int32 `json:"code,omitempty"`
}

// CalicoEntity is an end of a connection.
type CalicoEntity struct {
	Nets              []string               `json:"nets,omitempty"`
	NotNets           []string               `json:"notNets,omitempty"`
	Selector          string                 `json:"selector,omitempty"`
	NotSelector       string                 `json:"notSelector,omitempty"`
	NamespaceSelector string                 `json:"namespaceSelector,omitempty"`
	ServiceAccounts   *CalicoServiceAccounts `json:"serviceAccounts,omitempty"`
	Services          *CalicoService         `json:"services,omitempty"`
	Ports             []IntOrString          `json:"ports,omitempty"` // 80, "80:90" or a name
	NotPorts          []IntOrString          `json:"notPorts,omitempty"`
}

// CalicoServiceAccounts matches pods by the service account they run as.
type CalicoServiceAccounts struct {
	Names    []string `json:"names,omitempty"`
	Selector string   `json:"selector,omitempty"`
}

// CalicoService names a Kubernetes service, whose endpoints are meant. Without
// Namespace it is in that of the policy.
type CalicoService struct {
	Name      string `json:"name,omitempty"`
	Namespace string `json:"namespace,omitempty"`
}

// Tier is Calico's layer of policies. Lower orders come first; nil is last.
type Tier struct {
	Meta   Meta     `json:"metadata"`
	Spec   TierSpec `json:"spec"`
	Origin Origin   `json:"-"`
}

// Ref names the tier.
func (t *Tier) Ref() Ref { return Ref{Kind: "Tier", Name: t.Meta.Name} }

// Head returns the metadata and where the object was read from.
func (t *Tier) Head() (*Meta, *Origin) { return &t.Meta, &t.Origin }

// TierSpec is the spec, complete. DefaultAction is Deny or Pass; "" is Deny.
type TierSpec struct {
	Order         *float64 `json:"order,omitempty"`
	DefaultAction string   `json:"defaultAction,omitempty"`
}

// NetworkSet is Calico's NetworkSet, or, without a namespace, its
// GlobalNetworkSet: addresses with labels that selectors match.
type NetworkSet struct {
	Meta Meta `json:"metadata"`
	Spec struct {
		Nets []string `json:"nets,omitempty"` // ranges or single addresses
	} `json:"spec"`
	Origin Origin `json:"-"`
}

// Ref names the set.
func (s *NetworkSet) Ref() Ref {
	if s.Meta.Namespace == "" {
		return Ref{Kind: "GlobalNetworkSet", Name: s.Meta.Name}
	}
	return Ref{Kind: "NetworkSet", Namespace: s.Meta.Namespace, Name: s.Meta.Name}
}

// Head returns the metadata and where the object was read from.
func (s *NetworkSet) Head() (*Meta, *Origin) { return &s.Meta, &s.Origin }

// WrittenAs returns the apiVersion and kind of the set in a snapshot.
func (s *NetworkSet) WrittenAs() (apiVersion, kind string) { return CalicoGroup + "/v3", s.Ref().Kind }

// ServiceAccount is a v1 ServiceAccount, whose labels Calico's selectors look at.
type ServiceAccount struct {
	Meta   Meta   `json:"metadata"`
	Origin Origin `json:"-"`
}

// Ref names the service account.
func (s *ServiceAccount) Ref() Ref {
	return Ref{Kind: "ServiceAccount", Namespace: s.Meta.Namespace, Name: s.Meta.Name}
}

// Head returns the metadata and where the object was read from.
func (s *ServiceAccount) Head() (*Meta, *Origin) { return &s.Meta, &s.Origin }

// EndpointSlice is a discovery.k8s.io/v1 EndpointSlice: what stands behind the
// service that the label ServiceNameLabel names.
type EndpointSlice struct {
	Meta      Meta           `json:"metadata"`
	Endpoints []Endpoint     `json:"endpoints,omitempty"`
	Ports     []EndpointPort `json:"ports,omitempty"`
	Origin    Origin         `json:"-"`
}

// Ref names the slice.
func (s *EndpointSlice) Ref() Ref {
	return Ref{Kind: "EndpointSlice", Namespace: s.Meta.Namespace, Name: s.Meta.Name}
}

// Head returns the metadata and where the object was read from.
func (s *EndpointSlice) Head() (*Meta, *Origin) { return &s.Meta, &s.Origin }

// ServiceNameLabel names the service of an EndpointSlice.
const ServiceNameLabel = "kubernetes.io/service-name"

// Endpoint answers for a service; ready or not, Calico counts it.
type Endpoint struct {
	Addresses []string `json:"addresses,omitempty"`
}

// EndpointPort is a port of every endpoint of a slice; without Port none is
// meant, and without Protocol it is TCP.
type EndpointPort struct {
	Name     string `json:"name,omitempty"` // of the service's port
	Protocol string `json:"protocol,omitempty"`
	Port     *int32 `json:"port,omitempty"`
}
