package login

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/magnum"
)

// pollEvery is how often Magnum is asked about a cluster: creating one takes 10
// to 25 minutes, and each question costs the cloud a second of work.
const pollEvery = 5 * time.Second

// wait polls until the cluster is no longer being created. A question that
// nobody answers is asked again; an answer that says no is final.
func wait(ctx context.Context, r Request, c *magnum.Cluster) (*magnum.Cluster, error) {
	tooLong := fmt.Errorf("cluster %q is still %s after %s", c.Name, c.Status, r.Wait)
	ctx, cancel := context.WithTimeoutCause(ctx, r.Wait, tooLong)
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for c.Creating() {
		r.Report("waiting for " + c.Status)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, clierr.WithHint(context.Cause(ctx), "the cluster goes on being created: log in again later, or give --wait a longer time")
		}
		next, err := r.Magnum.Cluster(ctx, c.UUID)
		var away *magnum.Unavailable
		switch {
		case err == nil:
			c = next
		case errors.As(err, &away):
			r.Report("waiting for the cloud to answer again")
		default:
			return nil, err
		}
	}
	return c, nil
}
