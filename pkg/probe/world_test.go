package probe_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/rest"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/apiserver"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/probe"
)

type object = map[string]any

// world is as much of an API server as a probe talks to. The network is what a
// connection to a host:port meets; "" is silence.
type world struct {
	t       *testing.T
	api     *apiserver.Client
	now     time.Time
	network func(w *world, to string) string
	// kubelet gives a new pod its status; nil for one that works.
	kubelet func(w *world, pod object) object
	// before answers a request itself when it returns true. It is called for one
	// request at a time.
	before    func(w http.ResponseWriter, r *http.Request) bool
	beforeOne sync.Mutex
	denied    []string // verb and resource that the user may not

	mu      sync.Mutex
	objects map[string]object // by path
	seen    []string          // method and path of what changed something
	created []object
	ips     int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: time.Now().UTC().Truncate(time.Second), objects: map[string]object{},
		network: func(*world, string) string { return "open\nopen\n" }}
	s := httptest.NewServer(w)
	t.Cleanup(s.Close)
	api, err := apiserver.New(&rest.Config{Host: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	w.api = api
	return w
}

func (w *world) prober() *probe.Prober {
	return &probe.Prober{API: w.api, Progress: func(string) {}}
}

func (w *world) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	if !w.answeredBefore(out, r) {
		w.obey(out, r)
	}
}

func (w *world) answeredBefore(out http.ResponseWriter, r *http.Request) bool {
	w.beforeOne.Lock()
	defer w.beforeOne.Unlock()
	return w.before != nil && w.before(out, r)
}

// obey does what the request says.
func (w *world) obey(out http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	out.Header().Set("Date", w.now.Format(http.TimeFormat))
	if r.Method != http.MethodGet && !strings.HasSuffix(r.URL.Path, "selfsubjectaccessreviews") {
		w.seen = append(w.seen, r.Method+" "+r.URL.Path)
	}
	switch r.Method {
	case http.MethodPost:
		w.post(out, r)
	case http.MethodDelete:
		w.delete(out, r.URL.Path)
	default:
		w.get(out, r)
	}
}

func (w *world) post(out http.ResponseWriter, r *http.Request) {
	var o object
	if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
		w.t.Error(err)
	}
	if strings.HasSuffix(r.URL.Path, "/selfsubjectaccessreviews") {
		a := o["spec"].(object)["resourceAttributes"].(object)
		ask := fmt.Sprint(a["verb"], " ", a["resource"])
		answer(out, object{"status": object{"allowed": !slices.Contains(w.denied, ask)}})
		return
	}
	w.created = append(w.created, o)
	m := o["metadata"].(object)
	m["uid"] = fmt.Sprintf("uid-%d", len(w.created))
	m["creationTimestamp"] = w.now.Format(time.RFC3339)
	if o["kind"] == "Pod" {
		kubelet := w.kubelet
		if kubelet == nil {
			kubelet = (*world).works
		}
		o["status"] = kubelet(w, o)
	}
	w.objects[r.URL.Path+"/"+m["name"].(string)] = o
	answer(out, o)
}

// works is the status of a pod that did what it was made for.
func (w *world) works(pod object) object {
	w.ips++
	var containers []object
	for _, c := range pod["spec"].(object)["containers"].([]any) {
		c := c.(object)
		s := object{"name": c["name"], "ready": c["readinessProbe"] != nil, "state": object{"running": object{}}}
		if command := c["command"].([]any); command[0] == "/bin/sh" {
			s["state"] = object{"terminated": object{"reason": "Completed", "message": w.network(w, command[4].(string))}}
		}
		containers = append(containers, s)
	}
	return object{"phase": "Running", "podIP": fmt.Sprintf("10.0.0.%d", w.ips), "containerStatuses": containers}
}

func (w *world) delete(out http.ResponseWriter, path string) {
	if w.objects[path] == nil {
		status(out, http.StatusNotFound, "not found")
		return
	}
	for p := range w.objects {
		if p == path || strings.HasPrefix(p, path+"/") {
			delete(w.objects, p)
		}
	}
	answer(out, object{"kind": "Status"})
}

func (w *world) get(out http.ResponseWriter, r *http.Request) {
	if o := w.objects[r.URL.Path]; o != nil {
		answer(out, o)
		return
	}
	plural := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	if !slices.Contains([]string{"pods", "configmaps", "services", "namespaces", "events", "nodes"}, plural) {
		status(out, http.StatusNotFound, "not found")
		return
	}
	items := []object{}
	for p, o := range w.objects {
		labels, _ := o["metadata"].(object)["labels"].(object)
		list := p[:strings.LastIndex(p, "/")]
		below := list == r.URL.Path || r.URL.Path == "/api/v1/"+plural && strings.HasSuffix(list, "/"+plural)
		if want := r.URL.Query().Get("labelSelector"); below && (want == "" || labels[want] != nil) {
			items = append(items, o)
		}
	}
	answer(out, object{"items": items})
}

func answer(out http.ResponseWriter, v any) { _ = json.NewEncoder(out).Encode(v) }

func status(out http.ResponseWriter, code int, message string) {
	out.WriteHeader(code)
	_ = json.NewEncoder(out).Encode(object{"kind": "Status", "code": code, "message": message})
}

// put places an object as others made it, age ago.
func (w *world) putObject(path string, age time.Duration, o object) {
	m := o["metadata"].(object)
	m["creationTimestamp"] = w.now.Add(-age).Format(time.RFC3339)
	w.objects[path+"/"+m["name"].(string)] = o
}

// leftObjects lists the paths of the objects that are there.
func (w *world) leftObjects() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := []string{}
	for p := range w.objects {
		out = append(out, p)
	}
	slices.Sort(out)
	return out
}
