package probe_test

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/probe"
)

func pod(namespace, name, node string, labels map[string]string) *kube.Pod {
	return &kube.Pod{Meta: kube.Meta{Namespace: namespace, Name: name, Labels: labels},
		Spec: kube.PodSpec{NodeName: node, ServiceAccountName: name,
			Containers: []kube.Container{{Name: "c", Ports: []kube.ContainerPort{{Name: "sql", ContainerPort: 5432}, {ContainerPort: 9}}}}}}
}

func web() *kube.Pod {
	return pod("shop", "web", "node-0", map[string]string{"app": "web", "pod-template-hash": "5d4"})
}

func db() *kube.Pod { return pod("data", "db", "node-1", map[string]string{"app": "db"}) }

// plan asks from web to db on port 5432.
func plan(o probe.Options) *probe.Plan {
	if o.Image == "" {
		o.Image = probe.DefaultImage
	}
	if o.Start == 0 {
		o.Start = time.Minute
	}
	o.Timeout = time.Second
	flow := probe.Flow{Source: web(), Destination: db(), Addr: netip.MustParseAddr("10.9.9.9"), Protocol: ports.TCP, Port: 5432}
	return &probe.Plan{ID: "k7", Options: o, Flows: []probe.Flow{flow}}
}

func TestRunTellsWhatAConnectionMet(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, message string
		protocol      ports.Protocol
		listen        bool
		want          probe.Outcome
		reality       probe.Reality
	}{
		{"answered", "open\nopen\n", ports.TCP, false, probe.Open, probe.Allowed},
		{"answered at the second try", "TIMEOUT\nopen\nopen\n", ports.TCP, false, probe.Open, probe.Allowed},
		{"nobody listens", "REFUSED\nREFUSED\n", ports.TCP, false, probe.Refused, probe.Allowed},
		{"nobody listens, UDP", "REFUSED: read udp 10.0.0.1:5: connection refused\nREFUSED: again\n", ports.UDP, false, probe.Refused, probe.Allowed},
		{"nobody listens, SCTP", "OTHER: connection refused\nOTHER: connection refused\n", ports.SCTP, false, probe.Refused, probe.Allowed},
		{"turned away from our server", "REFUSED\nREFUSED\n", ports.TCP, true, probe.Rejected, probe.Denied},
		{"administratively prohibited", "OTHER: dial tcp: connect: no route to host\nOTHER: dial tcp: connect: no route to host\n", ports.TCP, true, probe.Rejected, probe.Denied},
		{"no way there", "OTHER: dial tcp: connect: no route to host\nOTHER: dial tcp: connect: no route to host\n", ports.TCP, false, probe.Unreachable, probe.Unknown},
		{"silence", "TIMEOUT\nTIMEOUT\n", ports.TCP, false, probe.Blocked, probe.Denied},
		{"silence, UDP", "TIMEOUT: i/o timeout\nTIMEOUT: i/o timeout\n", ports.UDP, false, probe.NoAnswer, probe.Unknown},
		{"silence, SCTP", "TIMEOUT\nTIMEOUT\n", ports.SCTP, false, probe.NoAnswer, probe.Unknown},
		{"silence, UDP, where we listen", "TIMEOUT: i/o timeout\nTIMEOUT: i/o timeout\n", ports.UDP, true, probe.Blocked, probe.Denied},
		{"never twice the same", "open\nTIMEOUT\nopen\nTIMEOUT\n", ports.TCP, false, probe.Unsteady, probe.Unknown},
		{"once only", "open\n", ports.TCP, false, probe.Unsteady, probe.Unknown},
		{"another image", "/bin/sh: /agnhost: not found\n/bin/sh: /agnhost: not found\n", ports.TCP, false, probe.Failed, probe.Unknown},
		{"no message", "", ports.TCP, false, probe.Failed, probe.Unknown},
		{"no SCTP on the node", "OTHER: protocol not supported\nOTHER: protocol not supported\n", ports.SCTP, true, probe.Failed, probe.Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.network = func(*world, string) string { return c.message }
			p := plan(probe.Options{Listen: c.listen})
			p.Flows[0].Protocol = c.protocol
			got, err := w.prober().Run(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			if got[0].Outcome != c.want || got[0].Outcome.Reality() != c.reality {
				t.Errorf("%q, %q; want %q, %q", got[0].Outcome, got[0].Outcome.Reality(), c.want, c.reality)
			}
			if left := w.left(); len(left) > 0 {
				t.Errorf("left: %q", left)
			}
		})
	}
}

// With --listen the connection goes to the probe's own server; without, to the
// real pod. Flows from one pod share a pod, and each has its answer.
func TestRunConnectsWhereItShould(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.network = func(_ *world, to string) string {
		if to == "10.9.9.9:5432" {
			return "open\nopen\n"
		}
		return "TIMEOUT\nTIMEOUT\n"
	}
	p := plan(probe.Options{})
	other := p.Flows[0]
	other.Destination, other.Addr, other.Port = nil, netip.MustParseAddr("192.0.2.1"), 443
	p.Flows = append(p.Flows, other)
	got, err := w.prober().Run(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if got[0].Outcome != probe.Open || got[1].Outcome != probe.Blocked || got[1].To.String() != "192.0.2.1:443" {
		t.Errorf("results: %+v", got)
	}
	if pods := len(w.pods()); pods != 1 {
		t.Errorf("%d pods for two flows from one", pods)
	}
	w = newWorld(t)
	w.network = func(_ *world, to string) string { return map[bool]string{true: "open\nopen\n"}[to == "10.0.0.1:5432"] }
	if got, err = w.prober().Run(t.Context(), plan(probe.Options{Listen: true})); err != nil {
		t.Fatal(err)
	}
	want := probe.Result{Answer: probe.Answer{Outcome: probe.Open, Attempts: []string{"open", "open"}}, Listening: true,
		To: netip.MustParseAddrPort("10.0.0.1:5432"), From: []netip.Addr{netip.MustParseAddr("10.0.0.2")},
		Client: "shop/catalyst-probe-k7-from-0", Server: "data/catalyst-probe-k7-to-0"}
	same := cmp.Comparer(func(a, b netip.Addr) bool { return a == b })
	port := cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })
	if diff := cmp.Diff(want, got[0], same, port); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func (w *world) pods() (out []object) {
	for _, o := range w.created {
		if o["kind"] == "Pod" {
			out = append(out, o)
		}
	}
	return out
}

// Ctrl-C at any request: what the API server got is taken away again, in any
// order of the two.
func TestInterruptedAnywhereNothingIsLeft(t *testing.T) {
	t.Parallel()
	clean := newWorld(t)
	var asked []string
	clean.before = func(_ http.ResponseWriter, r *http.Request) bool {
		asked = append(asked, r.Method+" "+r.URL.Path)
		return false
	}
	if _, err := clean.prober().Run(t.Context(), plan(probe.Options{Listen: true})); err != nil {
		t.Fatal(err)
	}
	reviews := slices.IndexFunc(asked, func(s string) bool { return strings.Contains(s, "configmaps") })
	if reviews < 0 || len(asked) < reviews+8 {
		t.Fatalf("asked only %q", asked)
	}
	for at := range len(asked) + 2 {
		w := newWorld(t)
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		w.before = func(http.ResponseWriter, *http.Request) bool {
			if n == at {
				cancel()
			}
			n++
			return false
		}
		_, err := w.prober().Run(ctx, plan(probe.Options{Listen: true}))
		cancel()
		if left := w.left(); len(left) > 0 {
			t.Errorf("interrupted at request %d: left %q (%v)", at, left, err)
		}
	}
}

// A pod that cannot do its work ends the probe with the reason and the next step.
func TestStuckPodsAreNamed(t *testing.T) {
	t.Parallel()
	waiting := func(reason, message string) func(*world, object) object {
		return func(*world, object) object {
			return object{"phase": "Pending", "containerStatuses": []object{{"name": "flow-0", "state": object{"waiting": object{"reason": reason, "message": message}}}}}
		}
	}
	for _, c := range []struct {
		name    string
		kubelet func(*world, object) object
		says    []string
	}{
		{"image", waiting("ImagePullBackOff", "Back-off pulling image \"x\""), []string{`node "node-0" cannot start probe Pod shop/catalyst-probe-k7-from-0`, probe.DefaultImage, "Back-off", "--image"}},
		{"image name", waiting("InvalidImageName", "couldn't parse"), []string{"InvalidImageName", "--image"}},
		{"configuration", waiting("CreateContainerConfigError", "runAsNonRoot"), []string{"runAsNonRoot"}},
		{"no shell", func(*world, object) object {
			return object{"phase": "Failed", "containerStatuses": []object{{"name": "flow-0", "state": object{"terminated": object{"reason": "StartError", "exitCode": 128, "message": "exec: no such file"}}}}}
		}, []string{"exec: no such file", "/bin/sh and /agnhost"}},
		{"node is full", func(*world, object) object {
			return object{"phase": "Failed", "reason": "OutOfcpu", "message": "Node didn't have enough resource: cpu"}
		}, []string{`node "node-0" ended`, "OutOfcpu: Node didn't have enough resource"}},
		{"deadline", func(*world, object) object {
			return object{"phase": "Failed", "reason": "DeadlineExceeded", "message": "Pod was active too long",
				"containerStatuses": []object{{"name": "flow-0", "state": object{"terminated": object{"reason": "Error", "exitCode": 137}}}}}
		}, []string{"DeadlineExceeded"}},
		{"no kubelet", func(*world, object) object { return object{} }, []string{"is not done after", "has not taken it up", "--start-timeout"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.kubelet = c.kubelet
			p := plan(probe.Options{Start: time.Millisecond, Listen: c.name == "no kubelet"}) // only what listens has so little time
			_, err := w.prober().Run(t.Context(), p)
			if err == nil {
				t.Fatal("no error")
			}
			for _, s := range c.says {
				if text := err.Error() + "\n" + hintOf(err); !strings.Contains(text, s) {
					t.Errorf("%q lacks %q", text, s)
				}
			}
			if left := w.left(); len(left) > 0 {
				t.Errorf("left: %q", left)
			}
		})
	}
}

func hintOf(err error) string { return clierr.Hint(err) }

// What the API server refuses is told as it says it, with what to do about it.
func TestRefusalsAreTold(t *testing.T) {
	t.Parallel()
	for message, hint := range map[string]string{
		`pods "x" is forbidden: violates PodSecurity "restricted:latest"`:      "more than that",
		`pods "x" is forbidden: exceeded quota: q, requested: pods=1, used: 1`: "ResourceQuota",
		`admission webhook "images.example.com" denied the request: registry`:  "--image",
	} {
		w := newWorld(t)
		w.before = func(out http.ResponseWriter, r *http.Request) bool {
			refuse := r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/pods")
			if refuse {
				status(out, http.StatusForbidden, message)
			}
			return refuse
		}
		_, err := w.prober().Run(t.Context(), plan(probe.Options{}))
		if err == nil || !strings.Contains(err.Error(), message) || !strings.Contains(hintOf(err), hint) {
			t.Errorf("%v, hint %q", err, hintOf(err))
		}
		if left := w.left(); len(left) > 0 {
			t.Errorf("left: %q", left)
		}
	}
}

func TestMissingRightsAreAllNamedBeforeAnythingIsMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.denied = []string{"create pods", "delete configmaps"}
	_, err := w.prober().Run(t.Context(), plan(probe.Options{Listen: true}))
	if err == nil || !strings.Contains(err.Error(), "create pods in namespace data, delete configmaps in namespace data, create pods in namespace shop") {
		t.Errorf("error: %v", err)
	}
	w.denied = []string{"create networkpolicies"}
	_, err = w.prober().RunCanary(t.Context(), canary("node-0"))
	if err == nil || !strings.Contains(err.Error(), "create networkpolicies.networking.k8s.io") {
		t.Errorf("error: %v", err)
	}
	if len(w.seen) > 0 {
		t.Errorf("changed: %q", w.seen)
	}
}

// A Service that publishes pods which are not ready would send them its clients.
func TestServicesThatPublishEverythingAreADanger(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		spec     object
		accept   bool
		mayProbe bool
	}{
		{"publishes db", object{"publishNotReadyAddresses": true, "selector": object{"app": "db"}}, false, false},
		{"accepted", object{"publishNotReadyAddresses": true, "selector": object{"app": "db"}}, true, true},
		{"ready ones only", object{"selector": object{"app": "db"}}, false, true},
		{"others", object{"publishNotReadyAddresses": true, "selector": object{"app": "x"}}, false, true},
		{"no selector", object{"publishNotReadyAddresses": true}, false, true},
	} {
		w := newWorld(t)
		w.put("/api/v1/namespaces/data/services", 0, object{"metadata": object{"name": "peers"}, "spec": c.spec})
		p := w.prober()
		p.AcceptTraffic = c.accept
		_, err := p.Run(t.Context(), plan(probe.Options{Listen: true}))
		if (err == nil) != c.mayProbe {
			t.Errorf("%s: %v", c.name, err)
		}
		if !c.mayProbe && (!strings.Contains(err.Error(), `"data/peers"`) || len(w.seen) > 0) {
			t.Errorf("%s: %v, changed %q", c.name, err, w.seen)
		}
	}
}

// What a webhook makes of a pod is not the probe any more.
func TestPodsChangedByAWebhookProveNothing(t *testing.T) {
	t.Parallel()
	for what, change := range map[string]func(pod object){
		"added containers": func(pod object) {
			spec := pod["spec"].(object)
			spec["containers"] = append(spec["containers"].([]any), object{"name": "istio-proxy", "command": []any{"x"}})
		},
		"changed its labels":     func(pod object) { pod["metadata"].(object)["labels"].(object)["app"] = "other" },
		"put it on another node": func(pod object) { pod["spec"].(object)["nodeName"] = "elsewhere" },
	} {
		w := newWorld(t)
		w.kubelet = func(w *world, pod object) object { change(pod); return w.works(pod) }
		_, err := w.prober().Run(t.Context(), plan(probe.Options{}))
		if err == nil || !strings.Contains(err.Error(), what) || len(w.left()) > 0 {
			t.Errorf("%v, left %q", err, w.left())
		}
	}
}

// A node that is away does not keep the rest from being removed.
func TestPodsWhoseNodeIsAwayAreReported(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.before = func(out http.ResponseWriter, r *http.Request) bool {
		marked := r.Method == http.MethodDelete && strings.Contains(r.URL.Path, "/pods/")
		if marked {
			answer(out, object{"kind": "Pod"})
		}
		return marked
	}
	p := w.prober()
	p.Farewell = time.Millisecond
	_, err := p.Run(t.Context(), plan(probe.Options{}))
	if err == nil || !strings.Contains(err.Error(), `node "node-0" has not confirmed`) || !strings.Contains(hintOf(err), "--clean") {
		t.Errorf("%v, hint %q", err, hintOf(err))
	}
	if diff := cmp.Diff([]string{"/api/v1/namespaces/shop/pods/catalyst-probe-k7-from-0"}, w.left()); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
}

// A server that does not come up is told at once, with what it said.
func TestServersThatEndAreReported(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.kubelet = func(*world, object) object {
		return object{"phase": "Failed", "podIP": "10.0.0.1", "containerStatuses": []object{{"name": "server", "state": object{
			"terminated": object{"reason": "Error", "exitCode": 1, "message": "listen tcp :53: bind: permission denied"}}}}}
	}
	_, err := w.prober().Run(t.Context(), plan(probe.Options{Listen: true}))
	if err == nil || !strings.Contains(err.Error(), "bind: permission denied") {
		t.Errorf("error: %v", err)
	}
}

// A pod has an address of each family; the server answers in that of the question.
func TestServersAnswerInTheFamilyOfTheQuestion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.kubelet = func(w *world, pod object) object {
		s := w.works(pod)
		s["podIPs"] = []object{{"ip": s["podIP"]}, {"ip": "fd00::7"}}
		return s
	}
	p := plan(probe.Options{Listen: true})
	p.Flows[0].Addr = netip.MustParseAddr("fd00::9")
	got, err := w.prober().Run(t.Context(), p)
	if err != nil || got[0].To.String() != "[fd00::7]:5432" || len(got[0].From) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

// A pod that the API server does not let go of is reported, not forgotten.
func TestWhatCannotBeRemovedIsReported(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.before = func(out http.ResponseWriter, r *http.Request) bool {
		refuse := r.Method == http.MethodDelete && strings.Contains(r.URL.Path, "/configmaps/")
		if refuse {
			status(out, http.StatusForbidden, "not now")
		}
		return refuse
	}
	_, err := w.prober().Run(t.Context(), plan(probe.Options{}))
	if err == nil || !strings.Contains(err.Error(), "removing ConfigMap shop/catalyst-probe-k7: not now") || !strings.Contains(hintOf(err), "--clean") {
		t.Errorf("%v, hint %q", err, hintOf(err))
	}
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) && len(joined.Unwrap()) > 1 {
		t.Errorf("said more than once: %v", err)
	}
}
