package catalyst_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/sandbox"
)

// away is a cloud whose connections break until two requests are lost.
func away(t *testing.T) *sandbox.Sandbox {
	t.Helper()
	var lost atomic.Int32
	cloud, err := sandbox.Start(sandbox.Options{Intercept: func(service string, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if service != sandbox.Kubernetes && lost.Add(1) <= 2 {
				if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
					c.Close()
				}
				return
			}
			next.ServeHTTP(w, r)
		})
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cloud.Close() })
	return cloud
}

// A network that is away from the first request on does not end a wait.
func TestWaitBeginsWithoutANetwork(t *testing.T) {
	t.Parallel()
	t.Run("told", func(t *testing.T) {
		t.Parallel()
		cloud := away(t)
		code, out, stderr, _ := run(t, cloud, "alice", "cluster", "wait", "prod")
		if code != 0 || !strings.Contains(stderr, "prod: the cloud does not answer, asking again: ") || !strings.Contains(stderr, "prod: CREATE_COMPLETE, ") {
			t.Errorf("exit code %d: %s%s", code, out, stderr)
		}
		code, _, stderr, _ = run(t, cloud, "alice", "cluster", "wait", "nope")
		if code != 1 || !strings.Contains(stderr, `"nope" not found`) || strings.Contains(stderr, "asking again") {
			t.Errorf("exit code %d: %s", code, stderr)
		}
	})
	t.Run("events", func(t *testing.T) {
		t.Parallel()
		code, out, stderr, _ := run(t, away(t), "alice", "cluster", "wait", "prod", "-o", "json")
		if code != 0 || !strings.Contains(out, `"type":"away","cluster":"prod"`) || !strings.Contains(out, `"type":"done"`) {
			t.Errorf("exit code %d: %s%s", code, out, stderr)
		}
	})
}
