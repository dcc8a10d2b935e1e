package netpolgen

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// Write writes the objects as YAML documents, or as a List in JSON.
func Write(w io.Writer, format string, o *kube.Objects) error {
	out := &writer{w: bufio.NewWriter(w), yaml: format == "yaml"}
	if !out.yaml {
		out.text(`{"apiVersion":"v1","kind":"List","items":[`)
	}
	for i := range o.Namespaces {
		out.object("v1", "Namespace", o.Namespaces[i])
	}
	for i := range o.Nodes {
		out.object("v1", "Node", o.Nodes[i])
	}
	for i := range o.Pods {
		pod := o.Pods[i]
		if pod.Owner.Kind != "" {
			pod.Meta.OwnerReferences = []kube.OwnerReference{{Kind: pod.Owner.Kind, Name: pod.Owner.Name, Controller: true}}
		}
		out.object("v1", "Pod", pod)
	}
	for i := range o.NetworkPolicies {
		out.object("networking.k8s.io/v1", "NetworkPolicy", o.NetworkPolicies[i])
	}
	out.calico(o)
	if !out.yaml {
		out.text("]}\n")
	}
	if out.err == nil {
		out.err = out.w.Flush()
	}
	return out.err
}

type writer struct {
	w     *bufio.Writer
	yaml  bool
	begun bool
	err   error
}

// text writes; what goes wrong, Flush reports.
func (w *writer) text(s string) { _, _ = w.w.WriteString(s) }

func (w *writer) object(apiVersion, kind string, v any) {
	data, err := json.Marshal(v)
	if err == nil {
		data = append(fmt.Appendf(nil, `{"apiVersion":%q,"kind":%q,`, apiVersion, kind), data[1:]...)
		if w.yaml {
			data, err = yaml.JSONToYAML(data)
		}
	}
	if w.err == nil {
		w.err = err
	}
	switch {
	case w.begun && w.yaml:
		w.text("---\n")
	case w.begun:
		w.text(",\n")
	}
	w.begun = true
	w.text(string(data))
}

// calico writes what Calico's policies look at, and the policies.
func (w *writer) calico(o *kube.Objects) {
	const v3 = "projectcalico.org/v3"
	for i := range o.ServiceAccounts {
		w.object("v1", "ServiceAccount", o.ServiceAccounts[i])
	}
	for i := range o.EndpointSlices {
		w.object("discovery.k8s.io/v1", "EndpointSlice", storedSlice(&o.EndpointSlices[i]))
	}
	for i := range o.NetworkSets {
		kind := "NetworkSet"
		if o.NetworkSets[i].Meta.Namespace == "" {
			kind = "GlobalNetworkSet"
		}
		w.object(v3, kind, o.NetworkSets[i])
	}
	for i := range o.Tiers {
		w.object(v3, "Tier", o.Tiers[i])
	}
	for i := range o.CalicoPolicies {
		kind, _, _ := strings.Cut(o.CalicoPolicies[i].Kind, ".")
		w.object(v3, kind, o.CalicoPolicies[i])
	}
}

// storedSlice returns a slice with what the API demands and the policy engine does
// not read: the family of its addresses, endpoints even if none, and a name for
// each of several ports.
func storedSlice(s *kube.EndpointSlice) any {
	type port struct {
		Name string `json:"name"`
		kube.EndpointPort
	}
	out := struct {
		Meta        kube.Meta       `json:"metadata"`
		AddressType string          `json:"addressType"`
		Endpoints   []kube.Endpoint `json:"endpoints"`
		Ports       []port          `json:"ports,omitempty"`
	}{s.Meta, "IPv4", append([]kube.Endpoint{}, s.Endpoints...), nil}
	for i, p := range s.Ports {
		out.Ports = append(out.Ports, port{fmt.Sprintf("p%d", i), p})
	}
	return out
}
