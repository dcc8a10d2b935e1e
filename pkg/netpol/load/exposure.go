package load

import "github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"

// Ingress is the part of networking.k8s.io/v1 Ingress that says which services
// it leads to.
type Ingress struct {
	Meta   kube.Meta   `json:"metadata"`
	Spec   IngressSpec `json:"spec"`
	Origin kube.Origin `json:"-"`
}

// IngressSpec lists what an Ingress leads to.
type IngressSpec struct {
	IngressClassName string          `json:"ingressClassName,omitempty"`
	DefaultBackend   *IngressBackend `json:"defaultBackend,omitempty"`
	Rules            []IngressRule   `json:"rules,omitempty"`
}

// IngressRule is the paths of one host.
type IngressRule struct {
	Host string       `json:"host,omitempty"`
	HTTP *IngressHTTP `json:"http,omitempty"`
}

// IngressHTTP is a list of paths.
type IngressHTTP struct {
	Paths []IngressPath `json:"paths,omitempty"`
}

// IngressPath is one path.
type IngressPath struct {
	Backend IngressBackend `json:"backend"`
}

// IngressBackend names a service and its port.
type IngressBackend struct {
	Service *IngressService `json:"service,omitempty"`
}

// IngressService is a service of the Ingress' own namespace.
type IngressService struct {
	Name string      `json:"name"`
	Port IngressPort `json:"port"`
}

// IngressPort is a service's port by name or number.
type IngressPort struct {
	Name   string `json:"name,omitempty"`
	Number int32  `json:"number,omitempty"`
}

// Backends returns every service that the Ingress leads to.
func (i *Ingress) Backends() []IngressService {
	var out []IngressService
	add := func(b *IngressBackend) {
		if b != nil && b.Service != nil {
			out = append(out, *b.Service)
		}
	}
	add(i.Spec.DefaultBackend)
	for r := range i.Spec.Rules {
		if http := i.Spec.Rules[r].HTTP; http != nil {
			for p := range http.Paths {
				add(&http.Paths[p].Backend)
			}
		}
	}
	return out
}

// Route is the part of the gateway.networking.k8s.io routes that says which
// services they lead to.
type Route struct {
	Kind   string      `json:"-"`
	Meta   kube.Meta   `json:"metadata"`
	Spec   RouteSpec   `json:"spec"`
	Origin kube.Origin `json:"-"`
}

// RouteSpec lists what a route leads to.
type RouteSpec struct {
	Rules []RouteRule `json:"rules,omitempty"`
}

// RouteRule is one rule of a route.
type RouteRule struct {
	BackendRefs []BackendRef `json:"backendRefs,omitempty"`
}

// BackendRef is a service; Namespace "" is the route's own.
type BackendRef struct {
	Group     string `json:"group,omitempty"`
	Kind      string `json:"kind,omitempty"`
	Name      string `json:"name"`
	Namespace string `json:"namespace,omitempty"`
	Port      int32  `json:"port,omitempty"`
}

// Agent is the part of a DaemonSet that reports whether the program that enforces
// policies runs on every node.
type Agent struct {
	Meta   kube.Meta   `json:"metadata"`
	Status AgentStatus `json:"status"`
	Origin kube.Origin `json:"-"`
}

// AgentStatus is what a workload says of itself.
type AgentStatus struct {
	Desired        int32  `json:"desiredNumberScheduled,omitempty"` // of a DaemonSet: nodes
	Ready          int32  `json:"numberReady,omitempty"`            // of a DaemonSet: nodes
	CompletionTime string `json:"completionTime,omitempty"`         // of a Job that has ended
}

// OperatorStatus is Tigera's TigeraStatus: what the operator that installs Calico
// says of one of its parts.
type OperatorStatus struct {
	Meta   kube.Meta          `json:"metadata"`
	Status OperatorConditions `json:"status"`
	Origin kube.Origin        `json:"-"`
}

// OperatorConditions are Available, Progressing and Degraded.
type OperatorConditions struct {
	Conditions []kube.NodeCondition `json:"conditions,omitempty"`
}

// Is reports whether a condition holds.
func (s *OperatorStatus) Is(condition string) bool {
	for _, c := range s.Status.Conditions {
		if c.Type == condition {
			return c.Status == "True"
		}
	}
	return false
}
