package cluster

import (
	"context"
	"reflect"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
)

// watchEvery is how often --watch asks; Magnum works a second for each answer.
const watchEvery = 10 * time.Second

// watcher shows clusters and then those that change, as kubectl --watch does.
type watcher struct {
	env   cli.Env
	every time.Duration // how often to ask
	ask   func(context.Context) ([]cluster.View, error)
	print func(changed []cluster.View) error
}

// run ends without an error when ctx does. A question that the cloud does not
// answer is asked again; only the first one has to be answered.
func (w *watcher) run(ctx context.Context) error {
	seen := map[string]cluster.View{} // by region and UUID
	tick := time.NewTicker(w.every)
	defer tick.Stop()
	silent := false
	for first := true; ; first = false {
		all, err := w.ask(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && (first && len(all) == 0 || !cluster.IsTransient(err)):
			return err
		case err != nil && !silent:
			w.env.Warn(err.Error(), "what is shown may be old; asking again")
		}
		silent = err != nil
		if changed := update(seen, all, err == nil); len(changed) > 0 {
			if err := w.print(changed); err != nil {
				return err
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// update brings up to date what has been seen, and returns what is new. Clusters
// that are missing from a complete answer are gone.
func update(seen map[string]cluster.View, all []cluster.View, complete bool) (changed []cluster.View) {
	answered := map[string]bool{}
	for _, v := range all {
		key := v.Region + "/" + v.UUID
		answered[key] = true
		if old, ok := seen[key]; !ok || !reflect.DeepEqual(old, v) {
			changed = append(changed, v)
		}
		seen[key] = v
	}
	for key, v := range seen {
		if !complete || answered[key] {
			continue
		}
		delete(seen, key)
		v.Status = "DELETE_COMPLETE"
		changed = append(changed, v)
	}
	return changed
}
