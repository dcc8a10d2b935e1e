package felix

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"sigs.k8s.io/yaml"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/kube"
)

// calicoGroup is where Calico keeps its objects; v3Group is how people write them.
const (
	calicoGroup = "crd.projectcalico.org/v1"
	v3Group     = "projectcalico.org/v3"
	policyGroup = "networking.k8s.io/v1"
)

// objects are what an API server holds.
type objects struct {
	server *kube.APIServer

	mu    sync.Mutex
	kinds map[string]map[string]resource // by apiVersion and kind
}

// resource is where objects of a kind are.
type resource struct {
	Name       string `json:"name"`
	Kind       string `json:"kind"`
	Namespaced bool   `json:"namespaced"`
}

// object is a Kubernetes object.
type object map[string]any

func (o object) text(path ...string) string {
	var at any = map[string]any(o)
	for _, key := range path {
		m, _ := at.(map[string]any)
		at = m[key]
	}
	s, _ := at.(string)
	return s
}

// decode reads YAML documents, of which a List counts as its items. Calico's
// objects in the spelling of its own API become what that API would store.
func decode(manifests []byte) ([]object, error) {
	var out []object
	for doc := range bytes.SplitSeq(append([]byte("\n"), manifests...), []byte("\n---")) {
		var o object
		if err := yaml.Unmarshal(doc, &o); err != nil {
			return nil, fmt.Errorf("reading a manifest: %w", err)
		}
		if o == nil {
			continue
		}
		items, ok := o["items"].([]any)
		if !ok {
			items = []any{map[string]any(o)}
		}
		for _, item := range items {
			one, _ := item.(map[string]any)
			out = append(out, stored(one))
		}
	}
	return out, nil
}

// stored is the form in which Calico's API keeps an object: policies carry the
// name of the default tier before their own, and say which directions they are
// for (libcalico-go, clientv3).
func stored(o object) object {
	if o.text("apiVersion") != v3Group {
		return o
	}
	o["apiVersion"] = calicoGroup
	meta, _ := o["metadata"].(map[string]any)
	spec, _ := o["spec"].(map[string]any)
	if meta == nil || spec == nil || !strings.HasSuffix(o.text("kind"), "NetworkPolicy") {
		return o
	}
	if name := o.text("metadata", "name"); !strings.Contains(name, ".") {
		meta["name"] = "default." + name
	}
	if types, _ := spec["types"].([]any); len(types) == 0 {
		spec["types"] = directions(spec)
	}
	return o
}

// directions are those that a policy has rules for, or Ingress.
func directions(spec map[string]any) (types []any) {
	if rules, _ := spec["ingress"].([]any); len(rules) > 0 {
		types = append(types, "Ingress")
	}
	if rules, _ := spec["egress"].([]any); len(rules) > 0 {
		types = append(types, "Egress")
	}
	if types == nil {
		types = append(types, "Ingress")
	}
	return types
}

// path returns where an object is.
func (c *objects) path(ctx context.Context, o object) (string, error) {
	version, kind := o.text("apiVersion"), o.text("kind")
	base := "/apis/" + version
	if !strings.Contains(version, "/") {
		base = "/api/" + version
	}
	r, err := c.resource(ctx, base, kind)
	if err != nil {
		return "", err
	}
	if r.Namespaced {
		namespace := o.text("metadata", "namespace")
		if namespace == "" {
			namespace = "default"
		}
		base += "/namespaces/" + url.PathEscape(namespace)
	}
	return base + "/" + r.Name + "/" + url.PathEscape(o.text("metadata", "name")), nil
}

// resource asks the API server what it calls the objects of a kind.
func (c *objects) resource(ctx context.Context, base, kind string) (resource, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r, ok := c.kinds[base][kind]; ok {
		return r, nil
	}
	var list struct{ Resources []resource }
	if err := c.call(ctx, http.MethodGet, base, "", nil, &list); err != nil {
		return resource{}, fmt.Errorf("finding the resource of %s: %w", kind, err)
	}
	found := map[string]resource{}
	for _, r := range list.Resources {
		if !strings.Contains(r.Name, "/") {
			found[r.Kind] = r
		}
	}
	if c.kinds == nil {
		c.kinds = map[string]map[string]resource{}
	}
	c.kinds[base] = found
	r, ok := found[kind]
	if !ok {
		return resource{}, fmt.Errorf("the API server has no %s in %s", kind, base)
	}
	return r, nil
}

// refusal is an answer of the API server that is not what was asked for.
type refusal struct {
	status int
	what   string
}

func (r *refusal) Error() string { return r.what }

// call sends body as JSON and decodes the answer.
func (c *objects) call(ctx context.Context, method, path, contentType string, body, into any) error {
	var data []byte
	if body != nil {
		var err error
		if data, err = json.Marshal(body); err != nil {
			return err
		}
	}
	status, answer, err := c.server.Call(ctx, method, path, contentType, data)
	if err != nil {
		return err
	}
	if status >= http.StatusBadRequest {
		return &refusal{status, fmt.Sprintf("%s %s: %s: %.1000s", method, path, http.StatusText(status), answer)}
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}

// The names under which fields of objects belong to somebody: what one name gave
// an object stays when another applies it.
const (
	owner       = "lab"
	canaryOwner = "canary"
)

// apply makes an object be as given, whether it exists or not.
func (c *objects) apply(ctx context.Context, owner string, o object) error {
	path, err := c.path(ctx, o)
	if err != nil {
		return err
	}
	if version := o.text("apiVersion"); version == calicoGroup || version == policyGroup {
		return c.replace(ctx, path, o)
	}
	return c.call(ctx, http.MethodPatch, path+"?fieldManager="+owner+"&force=true", "application/apply-patch+yaml", o, nil)
}

// replace is apply for policies: what the API server filled in for the ones before,
// policyTypes above all, must not stay, and a field of a defined resource that loses
// all it has must become empty and not null.
func (c *objects) replace(ctx context.Context, path string, o object) error {
	var old object
	err := c.call(ctx, http.MethodGet, path, "", nil, &old)
	if missing(err) {
		return c.create(ctx, o)
	}
	if err != nil {
		return err
	}
	meta, _ := o["metadata"].(map[string]any)
	meta = maps.Clone(meta)
	meta["resourceVersion"] = old.text("metadata", "resourceVersion")
	o = maps.Clone(o)
	o["metadata"] = meta
	return c.call(ctx, http.MethodPut, path, "application/json", o, nil)
}

// missing reports whether the API server knows no such object.
func missing(err error) bool {
	var r *refusal
	return errors.As(err, &r) && r.status == http.StatusNotFound
}

// create makes an object that does not exist yet.
func (c *objects) create(ctx context.Context, o object) error {
	path, err := c.path(ctx, o)
	if err != nil {
		return err
	}
	return c.call(ctx, http.MethodPost, path[:strings.LastIndexByte(path, '/')], "application/json", o, nil)
}

// merge changes the named fields of an object; a null removes one.
func (c *objects) merge(ctx context.Context, o object, sub string) error {
	path, err := c.path(ctx, o)
	if err != nil {
		return err
	}
	return c.call(ctx, http.MethodPatch, path+sub, "application/merge-patch+json", o, nil)
}

// remove deletes an object at once; that there is none is fine. Namespaces stay:
// what would empty and end them does not run here.
func (c *objects) remove(ctx context.Context, o object) error {
	if o.text("kind") == "Namespace" {
		return nil
	}
	path, err := c.path(ctx, o)
	if err != nil {
		return err
	}
	err = c.call(ctx, http.MethodDelete, path+"?gracePeriodSeconds=0", "", nil, nil)
	if missing(err) {
		return nil
	}
	return err
}
