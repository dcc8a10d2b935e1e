package live_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/live"
)

type object map[string]any

// api is an API server as far as lists go: paths with their objects, and what a
// user may not do.
type api struct {
	t       *testing.T
	objects map[string][]object // by path of the list
	groups  []object
	forbid  func(path string) bool
	before  func(w http.ResponseWriter, r *http.Request) bool // true: answered

	mu      sync.Mutex
	accepts map[string]string
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if a.before != nil && a.before(w, r) {
		return
	}
	a.mu.Lock()
	a.accepts[r.URL.Path] = r.Header.Get("Accept")
	a.mu.Unlock()
	switch {
	case r.URL.Path == "/version":
		a.answer(w, object{"gitVersion": "v1.35.6"})
	case r.URL.Path == "/apis":
		a.answer(w, object{"items": a.groups})
	case a.forbid != nil && a.forbid(r.URL.Path):
		status(w, http.StatusForbidden, "forbidden")
	default:
		a.list(w, r)
	}
}

func status(w http.ResponseWriter, code int, message string) {
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(object{"kind": "Status", "code": code, "message": message})
}

func (a *api) answer(w http.ResponseWriter, v any) {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		a.t.Error(err)
	}
}

// list serves pages of two objects, whatever the limit asked for.
func (a *api) list(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	var items []object
	if before, rest, one := strings.Cut(path, "/namespaces/"); one && strings.Contains(rest, "/") {
		ns, plural, _ := strings.Cut(rest, "/")
		for _, o := range a.objects[before+"/"+plural] {
			if o["metadata"].(object)["namespace"] == ns {
				items = append(items, o)
			}
		}
	} else {
		items = a.objects[path]
	}
	from, _ := strconv.Atoi(r.URL.Query().Get("continue"))
	to := min(from+2, len(items))
	meta := object{"resourceVersion": "7"}
	if to < len(items) {
		meta["continue"] = strconv.Itoa(to)
	}
	page := object{"kind": "SomeList", "apiVersion": "v1", "metadata": meta, "items": append([]object{}, items[from:to]...)}
	if len(items) == 0 && strings.HasSuffix(path, "/jobs") {
		page["items"] = nil // as PartialObjectMetadataList has it
	}
	a.answer(w, page)
}

func named(name, namespace string, more ...any) object {
	meta := object{"name": name, "managedFields": []object{{"fieldsV1": object{"f:x": object{}}}}}
	if namespace != "" {
		meta["namespace"] = namespace
	}
	o := object{"metadata": meta}
	for i := 0; i+1 < len(more); i += 2 {
		o[more[i].(string)] = more[i+1]
	}
	return o
}

func group(name, version string, kinds ...string) object {
	var rs []object
	for _, k := range kinds {
		plural, kind, _ := strings.Cut(k, " ")
		rs = append(rs, object{"resource": plural, "responseKind": object{"kind": kind}, "scope": "Namespaced", "verbs": []string{"list", "get"}})
	}
	return object{"metadata": object{"name": name}, "versions": []object{{"version": version, "resources": rs}}}
}

// shop is a cluster with two namespaces.
func shop(t *testing.T) *api {
	a := &api{t: t, accepts: map[string]string{}, objects: map[string][]object{
		"/api/v1/namespaces": {named("kube-system", ""), named("ops", ""), named("shop", "")},
		"/api/v1/nodes":      {named("node-1", "")},
		"/apis/networking.k8s.io/v1/networkpolicies": {
			named("deny", "shop", "spec", object{"podSelector": object{}}),
			named("new", "ops", "spec", object{"podSelector": object{}, "fromTheFuture": true}),
		},
		"/apis/apps/v1/replicasets": {object{"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object{
			"name": "web-abc", "namespace": "shop", "ownerReferences": []object{{"kind": "Deployment", "name": "web", "controller": true}}}}},
		"/apis/projectcalico.org/v3/networkpolicies": {named("knp.default.deny", "shop"), named("default.own", "shop")},
	}, groups: []object{group("apps", "v1", "replicasets ReplicaSet"), group("networking.k8s.io", "v1", "networkpolicies NetworkPolicy"),
		group("crd.projectcalico.org", "v1", "networkpolicies NetworkPolicy"), group("projectcalico.org", "v3", "networkpolicies NetworkPolicy")}}
	for i := range 5 {
		pod := named(fmt.Sprintf("web-%d", i), "shop", "status", object{"phase": "Running", "podIP": fmt.Sprintf("10.0.0.%d", i)})
		pod["metadata"].(object)["ownerReferences"] = []object{{"kind": "ReplicaSet", "name": "web-abc", "controller": true}}
		a.objects["/api/v1/pods"] = append(a.objects["/api/v1/pods"], pod)
	}
	a.objects["/api/v1/pods"] = append(a.objects["/api/v1/pods"], named("ops-1", "ops"))
	return a
}

func (a *api) read(t *testing.T) (*load.Input, error) {
	t.Helper()
	s := httptest.NewServer(a)
	t.Cleanup(s.Close)
	return live.Read(t.Context(), &rest.Config{Host: s.URL}, live.Options{Namespace: "shop"})
}

func podNames(in *load.Input) []string {
	var out []string
	for _, p := range in.Objects.Pods {
		out = append(out, p.Meta.Namespace+"/"+p.Meta.Name+" "+p.Owner.Name)
	}
	return out
}

var allPods = []string{"shop/web-0 web", "shop/web-1 web", "shop/web-2 web", "shop/web-3 web", "shop/web-4 web", "ops/ops-1 "}

func TestReadsEveryPage(t *testing.T) {
	t.Parallel()
	a := shop(t)
	in, err := a.read(t)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(allPods, podNames(in)); diff != "" {
		t.Errorf("pods (-want +got):\n%s", diff)
	}
	if len(in.Objects.Namespaces) != 3 || len(in.Objects.Nodes) != 1 || len(in.Objects.NetworkPolicies) != 1 || len(in.Refused)+len(in.Unreadable) > 0 {
		t.Errorf("read %d namespaces, %d nodes, %d policies, refused %v, unreadable %v", len(in.Objects.Namespaces),
			len(in.Objects.Nodes), len(in.Objects.NetworkPolicies), in.Refused, in.Unreadable)
	}
	want := []string{
		"NetworkPolicy ops/new (networking.k8s.io/v1) is not evaluated: field fromTheFuture is not known here",
	}
	if diff := cmp.Diff(want, in.Incomplete()); diff != "" {
		t.Errorf("incomplete (-want +got):\n%s", diff)
	}
	var own []string
	for i := range in.Objects.CalicoPolicies {
		own = append(own, in.Objects.CalicoPolicies[i].Ref().String())
	}
	if diff := cmp.Diff([]string{"NetworkPolicy.projectcalico.org shop/own"}, own); diff != "" {
		t.Errorf("Calico's policies, not counted twice and not those of Kubernetes (-want +got):\n%s", diff)
	}
	if in.Cluster.Version != "v1.35.6" || !slices.Contains(in.Cluster.APIGroups, "projectcalico.org") {
		t.Errorf("the cluster says %+v", in.Cluster)
	}
	if got := a.accepts["/apis/apps/v1/replicasets"]; !strings.Contains(got, "PartialObjectMetadataList") {
		t.Errorf("whole ReplicaSets were asked for: %q", got)
	}
}

// Whoever needs a part only reads a part only.
func TestReadsOnlyWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	a := shop(t)
	s := httptest.NewServer(a)
	t.Cleanup(s.Close)
	in, err := live.Read(t.Context(), &rest.Config{Host: s.URL}, live.Options{Only: []string{"nodes", live.Policies}})
	if err != nil {
		t.Fatal(err)
	}
	if len(in.Objects.Nodes) != 1 || len(in.Objects.Namespaces) != 3 || len(in.Objects.NetworkPolicies) != 1 || len(in.Objects.Pods) > 0 {
		t.Errorf("read %d nodes, %d namespaces, %d policies, %d pods", len(in.Objects.Nodes), len(in.Objects.Namespaces), len(in.Objects.NetworkPolicies), len(in.Objects.Pods))
	}
	for path := range a.accepts {
		if strings.HasSuffix(path, "/pods") || strings.HasSuffix(path, "/services") || strings.HasSuffix(path, "/replicasets") {
			t.Errorf("asked for %s", path)
		}
	}
	if _, asked := a.accepts["/apis/projectcalico.org/v3/networkpolicies"]; !asked {
		t.Error("Calico's policies were not asked for")
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	a := shop(t)
	s := httptest.NewServer(a)
	t.Cleanup(s.Close)
	names, err := live.Names(t.Context(), &rest.Config{Host: s.URL}, "/api/v1/namespaces")
	if err != nil || len(names) != 2 || names[0] != "kube-system" { // a page of this server
		t.Errorf("%q, %v", names, err)
	}
	if got := a.accepts["/api/v1/namespaces"]; !strings.Contains(got, "PartialObjectMetadataList") {
		t.Errorf("whole objects were asked for: %q", got)
	}
	a.forbid = func(string) bool { return true }
	if names, err := live.Names(t.Context(), &rest.Config{Host: s.URL}, "/api/v1/namespaces"); err == nil {
		t.Errorf("%q", names)
	}
}

func TestForbiddenListsAreReadByNamespace(t *testing.T) {
	t.Parallel()
	a := shop(t)
	a.forbid = func(path string) bool {
		return !strings.Contains(path, "/namespaces/") && path != "/api/v1/namespaces" && path != "/api/v1/nodes" ||
			strings.Contains(path, "/namespaces/ops/") || strings.Contains(path, "/namespaces/kube-system/") && !strings.HasSuffix(path, "/pods")
	}
	in, err := a.read(t)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(allPods[:5], podNames(in)); diff != "" {
		t.Errorf("pods (-want +got):\n%s", diff)
	}
	var got []string
	for _, u := range in.Unreadable {
		if u.Policies {
			got = append(got, u.String())
		}
	}
	want := []string{
		"pods in namespace ops: you may not list them",
		"networkpolicies in namespace kube-system: you may not list them",
		"networkpolicies in namespace ops: you may not list them",
		"networkpolicies.projectcalico.org in namespace kube-system: you may not list them",
		"networkpolicies.projectcalico.org in namespace ops: you may not list them",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("unreadable (-want +got):\n%s", diff)
	}
}

func TestOnlyTheContextsNamespaceIsReadable(t *testing.T) {
	t.Parallel()
	a := shop(t)
	a.forbid = func(path string) bool { return !strings.Contains(path, "/namespaces/shop/") }
	in, err := a.read(t)
	if err != nil {
		t.Fatal(err)
	}
	if len(in.Objects.Pods) != 5 || len(in.Objects.NetworkPolicies) != 1 {
		t.Errorf("read %d pods and %d policies", len(in.Objects.Pods), len(in.Objects.NetworkPolicies))
	}
	if why := strings.Join(in.Incomplete(), "\n"); !strings.Contains(why, "could not read namespaces: you may not list them") {
		t.Errorf("incomplete because of\n%s", why)
	}
}

func TestServersThatAskForPatience(t *testing.T) {
	t.Parallel()
	a := shop(t)
	var mu sync.Mutex
	gone, busy := 0, 0
	a.before = func(w http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case r.URL.Path == "/api/v1/pods" && r.URL.Query().Get("continue") == "4" && gone == 0:
			gone++
			status(w, http.StatusGone, "The provided continue parameter is too old")
		case r.URL.Path == "/api/v1/nodes" && busy == 0:
			busy++
			w.Header().Set("Retry-After", "1")
			status(w, http.StatusTooManyRequests, "busy")
		default:
			return false
		}
		return true
	}
	in, err := a.read(t)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(allPods, podNames(in)); diff != "" {
		t.Errorf("pods (-want +got):\n%s", diff)
	}
	if len(in.Objects.Nodes) != 1 || gone != 1 || busy != 1 {
		t.Errorf("%d nodes, gone %d times, busy %d times", len(in.Objects.Nodes), gone, busy)
	}
}

func TestServersThatDoNotAnswer(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before func(http.ResponseWriter, *http.Request) bool
		code   int
		want   string
	}{
		"unauthorized": {func(w http.ResponseWriter, _ *http.Request) bool {
			status(w, http.StatusUnauthorized, "Unauthorized")
			return true
		}, clierr.SignIn, "does not accept your credential"},
		"broken": {func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != "/api/v1/pods" {
				return false
			}
			_, _ = w.Write([]byte(`{"items": [{"metadata": {"name": `))
			return true
		}, clierr.Failure, "reading pods: "},
		"nonsense": {func(w http.ResponseWriter, _ *http.Request) bool {
			_, _ = w.Write([]byte("<html>"))
			return true
		}, clierr.Failure, "reading the answer to /version"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := shop(t)
			a.before = test.before
			_, err := a.read(t)
			if clierr.Code(err) != test.code || err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v with code %d, want %q with %d", err, clierr.Code(err), test.want, test.code)
			}
		})
	}
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	_, err := live.Read(t.Context(), &rest.Config{Host: s.URL}, live.Options{})
	if err == nil || clierr.Hint(err) == "" {
		t.Errorf("error %v without a next step", err)
	}
}

// TestSnapshotSaysWhatTheClusterSaid: written and read again, nothing that
// answers depend on has changed.
func TestSnapshotSaysWhatTheClusterSaid(t *testing.T) {
	t.Parallel()
	a := shop(t)
	a.forbid = func(path string) bool {
		return path == "/apis/apps/v1/daemonsets" || strings.Contains(path, "namespaces/ops/daemonsets")
	}
	in, err := a.read(t)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := in.WriteSnapshot(&text); err != nil {
		t.Fatal(err)
	}
	again, err := load.Files(t.Context(), []string{"-"}, load.Options{Stdin: &text})
	if err != nil || len(again.Refused) > 0 {
		t.Fatal(err, again.Refused)
	}
	if diff := cmp.Diff(podNames(in), podNames(again)); diff != "" {
		t.Errorf("pods (-live +snapshot):\n%s", diff)
	}
	if diff := cmp.Diff(in.Cluster, again.Cluster); diff != "" {
		t.Errorf("cluster (-live +snapshot):\n%s", diff)
	}
	if diff := cmp.Diff(in.Unreadable, again.Unreadable); diff != "" || len(in.Unreadable) == 0 {
		t.Errorf("unreadable (-live +snapshot):\n%s", diff)
	}
	if diff := cmp.Diff(in.Incomplete(), again.Incomplete()); diff != "" {
		t.Errorf("incomplete (-live +snapshot):\n%s", diff)
	}
	if len(again.Objects.NetworkPolicies) != 1 || len(again.Objects.Namespaces) != 3 {
		t.Errorf("read back %d policies in %d namespaces", len(again.Objects.NetworkPolicies), len(again.Objects.Namespaces))
	}
}
