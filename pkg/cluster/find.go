package cluster

import (
	"context"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// patience is how long the first look for a cluster may take where no limit is
// given: a name or an address that is wrong must not wait for ever.
const patience = 5 * time.Minute

// Find asks until a cluster is found, through a network or a service that is
// away, at most for limit, or for five minutes where that is 0; the first question
// has the time that a question has. An answer that says no is final. after is what a
// Waiting has; onEvent, which is given Away and Back, may not be nil.
func Find(ctx context.Context, limit time.Duration, ref string, after Timer, onEvent func(Event), ask func(context.Context) (*magnum.Cluster, error)) (*magnum.Cluster, error) {
	whole := ctx
	ctx, cancel := context.WithTimeout(ctx, findLimit(limit))
	defer cancel()
	began := time.Now()
	p := pace{after: after}
	for asking := whole; ; asking = ctx {
		c, err := askOnce(asking, ask)
		event := Event{Cluster: ref, Time: time.Now(), Elapsed: int(time.Since(began).Seconds())}
		switch {
		case err == nil:
			if p.failures > 0 {
				event.Type, event.UUID, event.Status = Back, c.UUID, c.Status
				onEvent(event)
			}
			return c, nil
		case !IsTransient(err) || ctx.Err() != nil:
			return nil, err
		}
		if p.failed(); p.failures == 1 {
			event.Type, event.Message = Away, err.Error()
			onEvent(event)
		}
		if !p.pause(ctx, 0, 0) {
			if whole.Err() != nil {
				err = context.Cause(whole)
			}
			return nil, err
		}
	}
}

func findLimit(limit time.Duration) time.Duration {
	if limit > 0 {
		return min(limit, patience)
	}
	return patience
}

func askOnce(ctx context.Context, ask func(context.Context) (*magnum.Cluster, error)) (*magnum.Cluster, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return ask(ctx)
}
