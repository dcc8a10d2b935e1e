package probe

import (
	"context"
	"fmt"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// serviceObject is the part of a Service that decides whether it takes pods in that
// are not ready.
type serviceObject struct {
	Metadata objectMeta `json:"metadata"`
	Spec     struct {
		Selector                 map[string]string `json:"selector"`
		PublishNotReadyAddresses bool              `json:"publishNotReadyAddresses"`
	} `json:"spec"`
}

// published returns the names of the Services that would send their clients to a
// pod of the plan although it is never Ready, as namespace/name.
func (p *Plan) published(ctx context.Context, api *apiserver.Client) ([]string, error) {
	var out []string
	for _, ns := range p.namespaces() {
		var list struct {
			Items []serviceObject `json:"items"`
		}
		_, err := api.Object(ctx, apiserver.Request{Path: "/api/v1/namespaces/" + ns + "/services"}, &list)
		if apiserver.Is(err, apiserver.Forbidden) {
			return nil, clierr.Errorf("ask for a role that may list services, or go on all the same with --accept-traffic",
				"you may not see whether a Service of namespace %q sends its clients to pods that are not ready", ns)
		}
		if err != nil {
			return nil, fmt.Errorf("reading the services of namespace %q: %w", ns, err)
		}
		for i := range list.Items {
			if s := &list.Items[i]; s.Spec.PublishNotReadyAddresses && p.hasLabels(ns, s.Spec.Selector) {
				out = append(out, ns+"/"+s.Metadata.Name)
			}
		}
	}
	return out, nil
}

// hasLabels reports whether a pod of the plan in the namespace has all these labels.
func (p *Plan) hasLabels(namespace string, selector map[string]string) bool {
	places := p.sources()
	for _, s := range p.listeners() {
		places = append(places, s.place)
	}
	for _, place := range places {
		if place.Meta.Namespace == namespace && len(selector) > 0 && subset(selector, place.Meta.Labels) {
			return true
		}
	}
	return false
}

func exposed(services []string) error {
	return clierr.Errorf("probe other workloads, or accept that for the seconds of the probe with --accept-traffic",
		"service %q sends its clients to pods that are not ready (publishNotReadyAddresses), and would to the probe's pods", services[0])
}
