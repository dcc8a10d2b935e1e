package clusterapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/kube"
)

// Where the objects are, in all namespaces.
const (
	clusters               = "/apis/cluster.x-k8s.io/v1beta1/clusters"
	deployments            = "/apis/cluster.x-k8s.io/v1beta1/machinedeployments"
	machines               = "/apis/cluster.x-k8s.io/v1beta1/machines"
	controlPlanes          = "/apis/controlplane.cluster.x-k8s.io/v1beta1/kubeadmcontrolplanes"
	infrastructure         = "/apis/infrastructure.cluster.x-k8s.io/v1beta1/openstackclusters"
	infrastructureOfDriver = "/apis/infrastructure.cluster.x-k8s.io/v1alpha6/openstackclusters"
)

// object is one of the management cluster or of a cluster.
type object = map[string]any

// text returns a string of an object; "" when it is not there.
func text(o object, path ...string) string {
	s, _, _ := unstructured.NestedString(o, path...)
	return s
}

// number returns a number of an object; 0 when it is not there.
func number(o object, path ...string) int64 {
	value, _, _ := unstructured.NestedFieldNoCopy(o, path...)
	switch n := value.(type) {
	case float64:
		return int64(n)
	case int64:
		return n
	}
	return 0
}

// client asks an API server for objects.
type client struct{ server *kube.APIServer }

// do sends a request and decodes the answer. What is not there is no error, nor is
// what is there already.
func (c client) do(ctx context.Context, method, path, kind string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	status, answer, err := c.server.Call(ctx, method, path, kind, body)
	switch {
	case err != nil:
		return err
	case status == http.StatusNotFound || status == http.StatusConflict:
		return nil
	case status >= http.StatusMultipleChoices:
		return fmt.Errorf("%s %s: %s: %.300s", method, path, http.StatusText(status), answer)
	case out == nil:
		return nil
	}
	return json.Unmarshal(answer, out)
}

// get returns an object, or nil when it is not there.
func (c client) get(ctx context.Context, path string) (o object, err error) {
	err = c.do(ctx, http.MethodGet, path, "", nil, &o)
	return o, err
}

func (c client) list(ctx context.Context, path string) ([]object, error) {
	var found struct{ Items []object }
	err := c.do(ctx, http.MethodGet, path, "", nil, &found)
	return found.Items, err
}

func (c client) create(ctx context.Context, path string, o object) error {
	return c.do(ctx, http.MethodPost, path, "application/json", o, nil)
}

func (c client) merge(ctx context.Context, path string, patch object) error {
	return c.do(ctx, http.MethodPatch, path, "application/merge-patch+json", patch, nil)
}

func (c client) remove(ctx context.Context, path string) error {
	return c.do(ctx, http.MethodDelete, path, "", nil, nil)
}

// report changes the status of an object where it is another one.
func (c client) report(ctx context.Context, path string, o, status object) error {
	for name, value := range status {
		have, _, _ := unstructured.NestedFieldNoCopy(o, "status", name)
		if fmt.Sprint(have) != fmt.Sprint(value) {
			return c.merge(ctx, path+"/status", object{"status": status})
		}
	}
	return nil
}

// conditions are what an object says about itself, by type: true, or the reason why
// not. One that does not change keeps its time.
func conditions(o object, wanted map[string]string) []any {
	before, _, _ := unstructured.NestedSlice(o, "status", "conditions")
	var all []any
	for _, kind := range sortedKeys(wanted) {
		reason := wanted[kind]
		c := object{"type": kind, "status": "True", "lastTransitionTime": time.Now().UTC().Format(time.RFC3339)}
		if reason != "" {
			c["status"], c["reason"], c["severity"] = "False", reason, "Info"
		}
		for _, old := range before {
			if old, ok := old.(object); ok && old["type"] == kind && old["status"] == c["status"] && text(old, "reason") == reason {
				c["lastTransitionTime"] = old["lastTransitionTime"]
			}
		}
		all = append(all, c)
	}
	return all
}
