package kube

// Ingress is the part of networking.k8s.io/v1 Ingress that says which services
// it leads to.
type Ingress struct {
	Meta Meta `json:"metadata"`
	Spec struct {
		IngressClassName string          `json:"ingressClassName,omitempty"`
		DefaultBackend   *ingressBackend `json:"defaultBackend,omitempty"`
		Rules            []struct {
			Host string `json:"host,omitempty"`
			HTTP *struct {
				Paths []struct {
					Backend ingressBackend `json:"backend"`
				} `json:"paths,omitempty"`
			} `json:"http,omitempty"`
		} `json:"rules,omitempty"`
	} `json:"spec"`
	Origin Origin `json:"-"`
}

type ingressBackend struct {
	Service *IngressService `json:"service,omitempty"`
}

// IngressService is a service of the Ingress' own namespace, and a port of it by
// name or number.
type IngressService struct {
	Name string `json:"name"`
	Port struct {
		Name   string `json:"name,omitempty"`
		Number int32  `json:"number,omitempty"`
	} `json:"port"`
}

// Ref names the Ingress.
func (i *Ingress) Ref() Ref {
	return Ref{Kind: "Ingress", Namespace: i.Meta.Namespace, Name: i.Meta.Name}
}

// Head returns the metadata and where the object was read from.
func (i *Ingress) Head() (*Meta, *Origin) { return &i.Meta, &i.Origin }

// Backends returns every service that the Ingress leads to.
func (i *Ingress) Backends() []IngressService {
	var out []IngressService
	add := func(b *ingressBackend) {
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
	Kind string `json:"-"`
	Meta Meta   `json:"metadata"`
	Spec struct {
		Rules []struct {
			BackendRefs []struct {
				Group     string `json:"group,omitempty"`
				Kind      string `json:"kind,omitempty"`
				Name      string `json:"name"`
				Namespace string `json:"namespace,omitempty"` // "" is the route's own
				Port      int32  `json:"port,omitempty"`
			} `json:"backendRefs,omitempty"`
		} `json:"rules,omitempty"`
	} `json:"spec"`
	Origin Origin `json:"-"`
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
