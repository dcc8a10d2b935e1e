package probe_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/probe"
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
			if leftovers := w.leftObjects(); len(leftovers) > 0 {
				t.Errorf("left: %q", leftovers)
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

// An answer that got lost is no reason to give up what was made.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	lost := map[string]bool{}
	w.before = func(out http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost || strings.HasSuffix(r.URL.Path, "reviews") {
			return false
		}
		again := lost[r.URL.Path]
		lost[r.URL.Path] = true
		if again {
			status(out, http.StatusConflict, "already exists")
			return true
		}
		w.obey(httptest.NewRecorder(), r)
		out.Header().Set("Retry-After", "1")
		status(out, http.StatusServiceUnavailable, "try again")
		return true
	}
	got, err := w.prober().Run(t.Context(), plan(probe.Options{}))
	if err != nil || got[0].Outcome != probe.Open || len(w.leftObjects()) > 0 {
		t.Errorf("%+v, %v, left %q", got, err, w.leftObjects())
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
