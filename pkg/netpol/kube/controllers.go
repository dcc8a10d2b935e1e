package kube

import (
	"slices"
	"strings"
)

// TrafficClass is an IngressClass or a GatewayClass: it names the controller whose
// pods serve Ingresses or Gateways.
type TrafficClass struct {
	Kind string `json:"-"`
	Meta Meta   `json:"metadata"`
	Spec struct {
		Controller     string `json:"controller,omitempty"`     // of an IngressClass
		ControllerName string `json:"controllerName,omitempty"` // of a GatewayClass
	} `json:"spec"`
	Origin Origin `json:"-"`
}

// Ref names the class.
func (c *TrafficClass) Ref() Ref { return Ref{Kind: c.Kind, Name: c.Meta.Name} }

// Head returns the metadata and where the object was read from.
func (c *TrafficClass) Head() (*Meta, *Origin) { return &c.Meta, &c.Origin }

// SetKind notes which kind of class was read.
func (c *TrafficClass) SetKind(_, kind string) { c.Kind = kind }

// WrittenAs returns the apiVersion and kind of the class in a snapshot.
func (c *TrafficClass) WrittenAs() (apiVersion, kind string) {
	if c.Kind == "GatewayClass" {
		return "gateway.networking.k8s.io/v1", c.Kind
	}
	return "networking.k8s.io/v1", c.Kind
}

// ingressController is how one of the usual ingress controllers is known.
type ingressController struct {
	class      string   // what the controller of its classes contains
	images     []string // how the names of its images end, without tags
	namespaces []string // where its manifests put it
	labels     []string // its pods' usual names; they count only beside a class
}

var ingressControllers = []ingressController{
	{"k8s.io/ingress-nginx", []string{"ingress-nginx/controller", "nginx-ingress-controller"}, []string{"ingress-nginx"}, []string{"ingress-nginx"}},
	{"nginx.org/ingress-controller", []string{"nginx/nginx-ingress"}, []string{"nginx-ingress"}, []string{"nginx-ingress"}},
	{"traefik.io/", []string{"traefik"}, []string{"traefik"}, []string{"traefik"}},
	{"haproxy", []string{"haproxytech/kubernetes-ingress", "haproxy-ingress"}, []string{"haproxy-controller"}, []string{"haproxy-ingress", "kubernetes-ingress"}},
	{"projectcontour.io/", []string{"projectcontour/contour"}, []string{"projectcontour"}, []string{"contour", "envoy"}},
	{"konghq.com/", []string{"kong", "kong/kong-gateway"}, []string{"kong"}, []string{"kong", "gateway"}},
	{"getambassador.io/", []string{"emissary"}, []string{"emissary", "ambassador"}, []string{"emissary-ingress", "ambassador"}},
	{"gateway.envoyproxy.io/", nil, []string{"envoy-gateway-system"}, []string{"envoy"}},
	{"istio.io/", nil, []string{"istio-ingress"}, []string{"istio-ingressgateway", "gateway"}},
	{"octavia", []string{"octavia-ingress-controller"}, nil, []string{"octavia-ingress-controller"}},
	{"openshift.io/", []string{"haproxy-router"}, []string{"openshift-ingress"}, []string{"router"}},
}

// IsControllerImage reports whether an image is that of an ingress controller.
func IsControllerImage(image string) bool {
	image, _, _ = strings.Cut(image, "@")
	if at := strings.LastIndexByte(image, ':'); at > strings.LastIndexByte(image, '/') {
		image = image[:at]
	}
	return slices.ContainsFunc(ingressControllers, func(c ingressController) bool {
		return slices.ContainsFunc(c.images, func(end string) bool { return image == end || strings.HasSuffix(image, "/"+end) })
	})
}

// ServesTraffic reports whether a pod is known to serve Ingresses or Gateways: by
// its image, by its namespace, or by its label where a class names its controller.
// A label alone proves nothing: many a program is called gateway.
func ServesTraffic(p *Pod, classes []TrafficClass) bool {
	if slices.ContainsFunc(p.Spec.Containers, func(c Container) bool { return IsControllerImage(c.Image) }) {
		return true
	}
	return slices.ContainsFunc(ingressControllers, func(c ingressController) bool {
		if slices.Contains(c.namespaces, p.Meta.Namespace) {
			return true
		}
		named := slices.ContainsFunc(classes, func(one TrafficClass) bool {
			return strings.Contains(one.Spec.Controller+" "+one.Spec.ControllerName, c.class)
		})
		return named && slices.ContainsFunc([]string{"app.kubernetes.io/name", "app", "k8s-app"}, func(key string) bool {
			return slices.Contains(c.labels, p.Meta.Labels[key])
		})
	})
}
