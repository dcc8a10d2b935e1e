package sandbox

import (
	_ "embed" // the sample objects
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

//go:embed objects.json
var sampleObjects []byte

// world holds the objects of a cluster by the plural of their kind.
type world map[string][]object

// newWorld reads the sample objects and makes them a little older than now.
func newWorld(now time.Time) (world, error) {
	var w world
	if err := json.Unmarshal(sampleObjects, &w); err != nil {
		return nil, fmt.Errorf("reading the sample objects: %w", err)
	}
	for plural, all := range w {
		for i, o := range all {
			meta := o["metadata"].(object)
			meta["uid"] = stableUUID(plural, fmt.Sprint(meta["namespace"], "/", meta["name"]))
			meta["resourceVersion"] = fmt.Sprint(1000 + i)
			meta["creationTimestamp"] = now.Add(-47 * time.Minute).Format(time.RFC3339)
		}
	}
	return w, nil
}

// resources answers everything below the path of a group.
func (a *apiServer) resources(w http.ResponseWriter, r *http.Request, group string) {
	namespace, plural, name := place(strings.TrimPrefix(r.URL.Path, group+"/"))
	i := slices.IndexFunc(resources(), func(res resource) bool { return res.path == group && res.plural == plural })
	if i < 0 || strings.Contains(name, "/") {
		refuseKubernetes(w, http.StatusNotFound, "", "")
		return
	}
	res := resources()[i]
	p := caller(r)
	switch {
	case !p.full() && (!p.views() || !res.viewable || r.Method != http.MethodGet):
		refuseKubernetes(w, http.StatusForbidden, res.refusal(p, r.Method, namespace, name), res.plural)
	case r.Method != http.MethodGet || r.URL.Query().Has("watch"):
		refuseKubernetes(w, http.StatusMethodNotAllowed, "", "")
	case name != "":
		a.show(w, r, res, namespace, name)
	default:
		a.list(w, r, res, namespace)
	}
}

// place takes the path of a resource apart. "namespaces/shop" is the namespace
// shop, "namespaces/shop/pods" are the pods in it.
func place(path string) (namespace, plural, name string) {
	parts := strings.SplitN(path, "/", 4)
	if parts[0] == "namespaces" && len(parts) > 2 {
		namespace, parts = parts[1], parts[2:]
	}
	if len(parts) > 1 {
		name = strings.Join(parts[1:], "/")
	}
	return namespace, parts[0], name
}

// objects returns the objects of a kind, in one namespace or in all.
func (a *apiServer) objects(res resource, namespace string) []object {
	chosen := []object{}
	for _, o := range a.world[res.plural] {
		if namespace == "" || o["metadata"].(object)["namespace"] == namespace {
			chosen = append(chosen, o)
		}
	}
	return chosen
}

func (a *apiServer) list(w http.ResponseWriter, r *http.Request, res resource, namespace string) {
	items := a.objects(res, namespace)
	if wantsTable(r) {
		writeJSON(w, http.StatusOK, res.table(items, a.cloud.now()))
		return
	}
	writeJSON(w, http.StatusOK, object{"kind": res.kind + "List", "apiVersion": res.version(),
		"metadata": object{"resourceVersion": "1000"}, "items": items})
}

func (a *apiServer) show(w http.ResponseWriter, r *http.Request, res resource, namespace, name string) {
	for _, o := range a.objects(res, namespace) {
		if o["metadata"].(object)["name"] != name {
			continue
		}
		if wantsTable(r) {
			writeJSON(w, http.StatusOK, res.table([]object{o}, a.cloud.now()))
			return
		}
		writeJSON(w, http.StatusOK, res.typed(o))
		return
	}
	refuseKubernetes(w, http.StatusNotFound, fmt.Sprintf("%s %q not found", res.plural, name), res.plural)
}

func (res resource) version() string {
	_, group, _ := strings.Cut(strings.TrimPrefix(res.path, "/"), "/")
	return group
}

// typed adds kind and version to an object.
func (res resource) typed(o object) object {
	o = maps.Clone(o)
	o["kind"], o["apiVersion"] = res.kind, res.version()
	return o
}

// refusal is Kubernetes' sentence for a resource that the person may not use.
func (res resource) refusal(p person, method, namespace, name string) string {
	verb := map[string]string{http.MethodGet: "list", http.MethodPost: "create", http.MethodPut: "update",
		http.MethodPatch: "patch", http.MethodDelete: "delete"}[method]
	subject := res.plural
	if name != "" {
		subject = fmt.Sprintf("%s %q", res.plural, name)
		if verb == "list" {
			verb = "get"
		}
	}
	group, _, _ := strings.Cut(res.version(), "/")
	if group == "v1" {
		group = ""
	}
	where := "at the cluster scope"
	if namespace != "" {
		where = fmt.Sprintf("in the namespace %q", namespace)
	}
	return fmt.Sprintf("%s is forbidden: User %q cannot %s resource %q in API group %q %s", subject, p.name, verb, res.plural, group, where)
}
