package probe_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/probe"
)

func canary(nodes ...string) *probe.Canary {
	return &probe.Canary{ID: "k7", Options: probe.Options{Image: "i", Timeout: time.Second, Start: time.Minute}, Nodes: nodes}
}

// policies counts the policies there are.
func (w *world) policies() (n int) {
	for p := range w.objects {
		if strings.Contains(p, "/networkpolicies/") {
			n++
		}
	}
	return n
}

func TestCanaryJudgesEachNode(t *testing.T) {
	t.Parallel()
	const open, shut = "open\nopen\n", "TIMEOUT\nTIMEOUT\n"
	enforcing := func(w *world, _ string) string {
		if w.policies() > 0 {
			return shut
		}
		return open
	}
	latched := false
	for _, c := range []struct {
		name    string
		network func(w *world, to string) string
		want    []probe.Verdict
		why     string
	}{
		{"both enforce", enforcing, []probe.Verdict{probe.Enforced, probe.Enforced}, ""},
		{"one does not", func(w *world, to string) string {
			if strings.HasPrefix(to, "10.0.0.2:") {
				return open
			}
			return enforcing(w, to)
		}, []probe.Verdict{probe.Enforced, probe.NotEnforced}, ""},
		{"nothing is reachable at all", func(*world, string) string { return shut }, []probe.Verdict{probe.Inconclusive, probe.Inconclusive}, "without any policy"},
		{"it never comes back", func(w *world, _ string) string {
			latched = latched || w.policies() > 0
			return map[bool]string{true: shut, false: open}[latched]
		}, []probe.Verdict{probe.Inconclusive, probe.Inconclusive}, "after the policy was gone"},
		{"rejected instead of dropped", func(w *world, _ string) string {
			if w.policies() > 0 {
				return "REFUSED\nREFUSED\n"
			}
			return open
		}, []probe.Verdict{probe.Enforced, probe.Enforced}, ""},
		{"the probe fails under the policy", func(w *world, _ string) string {
			if w.policies() > 0 {
				return "sh: no\nsh: no\n"
			}
			return open
		}, []probe.Verdict{probe.Inconclusive, probe.Inconclusive}, "neither passed nor stopped"},
	} {
		w := newWorld(t)
		w.network = c.network
		seen, err := w.prober().RunCanary(t.Context(), canary("a", "b"))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		var got []probe.Verdict
		for _, s := range seen {
			got = append(got, s.Verdict)
			if s.Verdict == probe.Inconclusive && !strings.Contains(s.Why, c.why) {
				t.Errorf("%s: why %q", c.name, s.Why)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if leftovers := w.leftObjects(); len(leftovers) > 0 {
			t.Errorf("%s: left %q", c.name, leftovers)
		}
	}
}

func TestCanaryCrossesNodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.prober().RunCanary(t.Context(), canary("a", "b")); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range w.pods() {
		got = append(got, p["metadata"].(object)["name"].(string)+" "+p["spec"].(object)["nodeName"].(string))
	}
	want := []string{"catalyst-probe-k7-to-0 a", "catalyst-probe-k7-to-1 b",
		"catalyst-probe-k7-phase-1-from-0 b", "catalyst-probe-k7-phase-1-from-1 a",
		"catalyst-probe-k7-phase-2-from-0 b", "catalyst-probe-k7-phase-2-from-1 a",
		"catalyst-probe-k7-phase-3-from-0 b", "catalyst-probe-k7-phase-3-from-1 a"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestInterruptedCanaryLeavesNothing(t *testing.T) {
	t.Parallel()
	for at := 5; at < 40; at += 3 {
		w := newWorld(t)
		ctx, cancel := context.WithCancel(t.Context())
		n := 0
		w.before = func(http.ResponseWriter, *http.Request) bool {
			if n++; n == at {
				cancel()
			}
			return false
		}
		_, err := w.prober().RunCanary(ctx, canary("a", "b"))
		cancel()
		if leftovers := w.leftObjects(); len(leftovers) > 0 {
			t.Errorf("interrupted at request %d: left %q (%v)", at, leftovers, err)
		}
	}
}

func TestCanaryNodes(t *testing.T) {
	t.Parallel()
	node := func(name, ready string, spec object) object {
		return object{"metadata": object{"name": name}, "spec": spec, "status": object{"conditions": []object{{"type": "Ready", "status": ready}}}}
	}
	w := newWorld(t)
	for _, n := range []object{node("d", "True", nil), node("c", "True", object{}), node("a", "Unknown", nil),
		node("b", "True", object{"taints": []object{{"effect": "NoSchedule"}}}), node("e", "True", object{"unschedulable": true}),
		node("f", "True", object{"taints": []object{{"effect": "PreferNoSchedule"}}})} {
		w.putObject("/api/v1/nodes", 0, n)
	}
	for _, c := range []struct{ named, want []string }{
		{nil, []string{"c", "d"}},
		{[]string{"b"}, []string{"b"}},
	} {
		got, err := w.prober().Nodes(t.Context(), c.named)
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	if _, err := w.prober().Nodes(t.Context(), []string{"z"}); err == nil || !strings.Contains(err.Error(), `"z"`) {
		t.Errorf("error: %v", err)
	}
}
