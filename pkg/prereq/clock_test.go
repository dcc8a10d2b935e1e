package prereq_test

import (
	"context"
	"errors"
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
			got := prereq.ReadClock(t.Context(), "https://keystone", func(context.Context) (time.Time, error) {
				return now.Add(c.ahead), nil
			}, func() time.Time { return now })
			if got.OK != c.ok || !strings.Contains(got.Reason, c.reason) {
				t.Errorf("got %+v", got)
			}
			if d := got.Skew - c.ahead.Seconds(); d < 0 || d > 1 {
				t.Errorf("skew %v s, want about %v", got.Skew, c.ahead)
			}
		})
	}
	got := prereq.ReadClock(t.Context(), "https://keystone", func(context.Context) (time.Time, error) {
		return time.Time{}, errors.New("nobody listens")
	}, time.Now)
	if got.OK || !strings.Contains(got.Reason, "nobody listens") {
		t.Errorf("a server that is not there: %+v", got)
	}
}
