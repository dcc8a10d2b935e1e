package cluster

import (
	"context"
	"time"
)

// Magnum works a second for each answer, so a cluster is asked about at most
// every five seconds, less often while its end is far, and least while the
// cloud does not answer at all.
const (
	shortest = 5 * time.Second
	usual    = 10 * time.Second
	longest  = 15 * time.Second
	whenAway = time.Minute
)

// Timer returns a channel that receives when a time has passed, as time.After does.
type Timer func(time.Duration) <-chan time.Time

// pace decides when to ask again.
type pace struct {
	failures int
	after    Timer // nil: time.After
}

func (p *pace) failed() { p.failures++ }

// next is how long to wait before the next question.
func (p *pace) next(elapsed, estimate time.Duration) time.Duration {
	remaining := estimate - elapsed
	switch {
	case p.failures > 0:
		return min(shortest<<min(p.failures-1, 10), whenAway)
	case remaining > 4*time.Minute:
		return longest
	case elapsed > 2*time.Minute && (remaining > 2*time.Minute || remaining <= 0):
		return usual
	}
	return shortest
}

// rest waits for as long as is due, and reports false when ctx ended.
func (p *pace) pause(ctx context.Context, elapsed, estimate time.Duration) bool {
	after := p.after
	if after == nil {
		after = time.After
	}
	select {
	case <-after(p.next(elapsed, estimate)):
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
