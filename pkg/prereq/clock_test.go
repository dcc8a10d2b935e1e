package prereq_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/prereq"
)

func TestClock(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ahead  time.Duration
		ok     bool
		reason string
	}{
		"right":  {0, true, ""},
		"behind": {5 * time.Minute, false, "behind"},
		"ahead":  {-5 * time.Minute, false, "ahead of"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Date", now.Add(c.ahead).Format(http.TimeFormat))
				w.WriteHeader(http.StatusMultipleChoices)
			}))
			defer server.Close()
			got := prereq.ReadClock(t.Context(), server.Client(), server.URL, func() time.Time { return now })
			if got.OK != c.ok || !strings.Contains(got.Reason, c.reason) {
				t.Errorf("got %+v", got)
			}
			if d := got.Skew - c.ahead.Seconds(); d < 0 || d > 1 {
				t.Errorf("skew %v s, want about %v", got.Skew, c.ahead)
			}
		})
	}
	server := httptest.NewServer(nil)
	server.Close()
	if got := prereq.ReadClock(t.Context(), http.DefaultClient, server.URL, time.Now); got.OK || got.Reason == "" {
		t.Errorf("a server that is not there: %+v", got)
	}
}
