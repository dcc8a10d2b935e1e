package probe

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// right is something that a probe has to be allowed. Namespace is empty for what
// is not in any.
type right struct {
	Verb      string `json:"verb"`
	Group     string `json:"group,omitempty"`
	Resource  string `json:"resource"`
	Namespace string `json:"namespace,omitempty"`
}

func (r right) String() string {
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
func rights(namespaces []string) []right {
	var out []right
	for _, ns := range namespaces {
		for _, resource := range []string{"pods", "configmaps"} {
			for _, verb := range []string{"create", "get", "list", "delete"} {
				out = append(out, right{verb, "", resource, ns})
			}
		}
	}
	return out
}

// canaryRights are what a namespace with pods and a policy in it takes.
func canaryRights() []right {
	out := []right{{"create", "", "namespaces", ""}, {"delete", "", "namespaces", ""}, {"create", "", "serviceaccounts", ""}}
	for _, verb := range []string{"create", "get", "delete"} {
		out = append(out, right{verb, "", "pods", ""}, right{verb, "networking.k8s.io", "networkpolicies", ""})
	}
	return out
}

// requireRights asks the API server whether all of it is allowed, and names what is
// not.
func requireRights(ctx context.Context, api *apiserver.Client, need []right) error {
	missing := make([]bool, len(need))
	reviews, ctx := errgroup.WithContext(ctx)
	reviews.SetLimit(4)
	for i, r := range need {
		reviews.Go(func() error {
			ok, err := isAllowed(ctx, api, r)
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
			names = append(names, r.String())
		}
	}
	if len(names) == 0 {
		return nil
	}
	return clierr.Errorf("ask for a role that may; on Catalyst Cloud k8s_developer may probe outside the managed namespaces, and k8s_admin everywhere",
		"a probe needs what you may not do: %s", strings.Join(names, ", "))
}

func isAllowed(ctx context.Context, api *apiserver.Client, r right) (bool, error) {
	const version = "authorization.k8s.io/v1"
	question := map[string]any{"apiVersion": version, "kind": "SelfSubjectAccessReview",
		"spec": map[string]any{"resourceAttributes": r}}
	var answer struct {
		Status struct {
			Allowed bool `json:"allowed"`
		} `json:"status"`
	}
	_, err := api.Object(ctx, apiserver.Request{Method: http.MethodPost, Path: "/apis/" + version + "/selfsubjectaccessreviews", Body: question}, &answer)
	return answer.Status.Allowed, err
}
