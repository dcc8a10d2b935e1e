// Package together does several things at the same time and gives up at the
// first that fails.
package together

import (
	"context"
	"sync"
	"sync/atomic"
)

// Do runs the tasks, at most limit of them at a time, and returns when none is
// running any more. The first that fails cancels the context of the others and
// keeps those that wait from starting; its error is returned. A task that could
// not start because ctx ended counts as failed. A limit below 1 means 1.
func Do(ctx context.Context, limit int, tasks ...func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var (
		workers sync.WaitGroup
		taken   atomic.Int64
		once    sync.Once
		failed  error
	)
	for range min(max(limit, 1), len(tasks)) {
		workers.Go(func() {
			for i := taken.Add(1); i <= int64(len(tasks)); i = taken.Add(1) {
				err := ctx.Err()
				if err == nil {
					err = tasks[i-1](ctx)
				}
				if err != nil {
					once.Do(func() { failed = err })
					cancel()
				}
			}
		})
	}
	workers.Wait()
	return failed
}
