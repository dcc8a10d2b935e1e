package kube

// Ingress is the part of networking.k8s.io/v1 Ingress that says which services
// it leads to.
type Ingress struct {
	Meta   Meta        `json:"metadata"`
	Spec   IngressSpec `json:"spec"`
	Origin Origin      `json:"-"`
}

// Ref names the Ingress.
func (i *Ingress) Ref() Ref {
	return Ref{Kind: "Ingress", Namespace: i.Meta.Namespace, Name: i.Meta.Name}
}

// Head returns the metadata and where the object was read from.
func (i *Ingress) Head() (*Meta, *Origin) { return &i.Meta, &i.Origin }

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
	Kind   string    `json:"-"`
	Meta   Meta      `json:"metadata"`
	Spec   RouteSpec `json:"spec"`
	Origin Origin    `json:"-"`
}

// Ref names the route.
func (r *Route) Ref() Ref {
	return Ref{Kind: r.Kind, Namespace: r.Meta.Namespace, Name: r.Meta.Name}
}

// SetKind notes which kind of route was read.
func (r *Route) SetKind(_, kind string) { r.Kind = kind }

// WrittenAs returns the apiVersion and kind of the route in a snapshot.
func (r *Route) WrittenAs() (apiVersion, kind string) { return "gateway.networking.k8s.io/v1", r.Kind }

// Head returns the metadata and where the object was read from.
func (r *Route) Head() (*Meta, *Origin) { return &r.Meta, &r.Origin }

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
