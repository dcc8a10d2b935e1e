package probe_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/probe"
)

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
		if leftovers := w.leftObjects(); len(leftovers) > 0 {
			t.Errorf("interrupted at request %d: left %q (%v)", at, leftovers, err)
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
	p.RemovalTimeout = time.Millisecond
	_, err := p.Run(t.Context(), plan(probe.Options{}))
	if err == nil || !strings.Contains(err.Error(), `node "node-0" has not confirmed`) || !strings.Contains(hintOf(err), "--clean") {
		t.Errorf("%v, hint %q", err, hintOf(err))
	}
	if diff := cmp.Diff([]string{"/api/v1/namespaces/shop/pods/catalyst-probe-k7-from-0"}, w.leftObjects()); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
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
