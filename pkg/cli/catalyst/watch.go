package catalyst

import (
	"context"
	"errors"
	"reflect"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cluster"
)

// watchEvery is how often --watch asks; Magnum works a second for each answer.
const watchEvery = 10 * time.Second

// watcher shows clusters and then those that change, as kubectl --watch does.
type watcher struct {
	env    cli.Env
	every  time.Duration // how often to ask
	output string
	header []string
	ask    func(context.Context) ([]cluster.View, error)
	row    func(cluster.View) []string
	each   func(cluster.View) error // prints one instead of a row in a table; may be nil

	table *cli.Table
	seen  map[string]cluster.View // by region and UUID
}

// run ends without an error when ctx does. A question that the cloud does not
// answer is asked again; only the first one has to be answered.
func (w *watcher) run(ctx context.Context) error {
	if w.output == "name" {
		w.header = nil
	}
	w.table, w.seen = cli.NewTable(w.env.Out, w.header), map[string]cluster.View{}
	tick := time.NewTicker(w.every)
	defer tick.Stop()
	silent := false
	for first := true; ; first = false {
		all, err := w.ask(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && (first && len(all) == 0 || !cluster.Passing(err)):
			return err
		case err != nil && !silent:
			w.env.Warn(err.Error(), "what is shown may be old; asking again")
		}
		silent = err != nil
		if err := w.show(all, err == nil); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// show prints what is new. Clusters that are missing from a complete answer are
// gone.
func (w *watcher) show(all []cluster.View, complete bool) error {
	now := map[string]cluster.View{}
	var changed []cluster.View
	for _, v := range all {
		key := v.Region + "/" + v.UUID
		now[key] = v
		if old, ok := w.seen[key]; !ok || !reflect.DeepEqual(old, v) {
			changed = append(changed, v)
		}
	}
	for key, v := range w.seen {
		if _, still := now[key]; still {
			continue
		}
		if !complete {
			now[key] = v
			continue
		}
		v.Status = "DELETE_COMPLETE"
		changed = append(changed, v)
	}
	w.seen = now
	return w.print(changed)
}

func (w *watcher) print(changed []cluster.View) error {
	var errs []error
	var rows [][]string
	for _, v := range changed {
		switch {
		case w.each != nil:
			errs = append(errs, w.each(v))
		case w.output == "json" || w.output == "yaml":
			errs = append(errs, cli.PrintObject(w.env.Out, w.output, v))
		case w.output == "name":
			rows = append(rows, []string{v.Name})
		default:
			rows = append(rows, w.row(v))
		}
	}
	if len(rows) > 0 {
		errs = append(errs, w.table.Print(rows))
	}
	return errors.Join(errs...)
}
