package probe_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/probe"
)

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
			if leftovers := w.leftObjects(); len(leftovers) > 0 {
				t.Errorf("left: %q", leftovers)
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
		if leftovers := w.leftObjects(); len(leftovers) > 0 {
			t.Errorf("left: %q", leftovers)
		}
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
		w.putObject("/api/v1/namespaces/data/services", 0, object{"metadata": object{"name": "peers"}, "spec": c.spec})
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

// Whether there is such a Service has to be known.
func TestServicesThatMayNotBeReadAreADanger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.before = func(out http.ResponseWriter, r *http.Request) bool {
		secret := strings.HasSuffix(r.URL.Path, "/services")
		if secret {
			status(out, http.StatusForbidden, "forbidden")
		}
		return secret
	}
	_, err := w.prober().Run(t.Context(), plan(probe.Options{}))
	if err == nil || !strings.Contains(hintOf(err), "--accept-traffic") || len(w.seen) > 0 {
		t.Errorf("%v, changed %q", err, w.seen)
	}
	p := w.prober()
	p.AcceptTraffic = true
	if _, err := p.Run(t.Context(), plan(probe.Options{})); err != nil {
		t.Error(err)
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
		if err == nil || !strings.Contains(err.Error(), what) || len(w.leftObjects()) > 0 {
			t.Errorf("%v, left %q", err, w.leftObjects())
		}
	}
}
