package probe

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// describeRight names a right for a person.
func describeRight(r apiserver.Right) string {
	name := r.Resource
	if r.Group != "" {
		name += "." + r.Group
	}
	if r.Namespace == "" {
		return r.Verb + " " + name
	}
	return fmt.Sprintf("%s %s in namespace %s", r.Verb, name, r.Namespace)
}

// rights are what probing in a namespace takes.
func rights(namespaces []string) []apiserver.Right {
	var out []apiserver.Right
	for _, ns := range namespaces {
		for _, resource := range []string{"pods", "configmaps"} {
			for _, verb := range []string{"create", "get", "list", "delete"} {
				out = append(out, apiserver.Right{Verb: verb, Resource: resource, Namespace: ns})
			}
		}
	}
	return out
}

// canaryRights are what a namespace with pods and a policy in it takes.
func canaryRights() []apiserver.Right {
	out := []apiserver.Right{{Verb: "create", Resource: "namespaces"}, {Verb: "delete", Resource: "namespaces"}, {Verb: "create", Resource: "serviceaccounts"}}
	for _, verb := range []string{"create", "get", "delete"} {
		out = append(out, apiserver.Right{Verb: verb, Resource: "pods"},
			apiserver.Right{Verb: verb, Group: "networking.k8s.io", Resource: "networkpolicies"})
	}
	return out
}

// requireRights asks the API server whether all of it is allowed, and names what is
// not.
func requireRights(ctx context.Context, api *apiserver.Client, need []apiserver.Right) error {
	missing := make([]bool, len(need))
	reviews, ctx := errgroup.WithContext(ctx)
	reviews.SetLimit(4)
	for i, r := range need {
		reviews.Go(func() error {
			ok, err := api.Allows(ctx, r)
			missing[i] = !ok
			return err
		})
	}
	if err := reviews.Wait(); err != nil {
		return fmt.Errorf("asking what you may do: %w", err)
	}
	var names []string
	for i, r := range need {
		if missing[i] {
			names = append(names, describeRight(r))
		}
	}
	if len(names) == 0 {
		return nil
	}
	return clierr.Errorf("ask for a role that may; on Catalyst Cloud k8s_developer may probe outside the managed namespaces, and k8s_admin everywhere",
		"a probe needs what you may not do: %s", strings.Join(names, ", "))
}
