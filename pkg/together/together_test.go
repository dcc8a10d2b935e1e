package together_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/together"
)

func TestDoRunsAllTasksAtTheSameTime(t *testing.T) {
	t.Parallel()
	here, there := make(chan bool), make(chan bool)
	err := together.Do(t.Context(), 2,
		func(context.Context) error { here <- true; <-there; return nil },
		func(context.Context) error { <-here; there <- true; return nil },
	)
	if err != nil {
		t.Fatal(err)
	}
}

func TestDoKeepsTheLimit(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{-1, 0, 1, 3, 100} {
		var running, most, done atomic.Int64
		tasks := make([]func(context.Context) error, 50)
		for i := range tasks {
			tasks[i] = func(context.Context) error {
				defer running.Add(-1)
				now := running.Add(1)
				for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
				}
				done.Add(1)
				return nil
			}
		}
		if err := together.Do(t.Context(), limit, tasks...); err != nil {
			t.Fatal(err)
		}
		if done.Load() != 50 || most.Load() > int64(max(limit, 1)) {
			t.Errorf("limit %d: %d done, up to %d at a time", limit, done.Load(), most.Load())
		}
	}
}

func TestDoGivesUpAtTheFirstError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	started := make(chan bool)
	err := together.Do(t.Context(), 2,
		func(ctx context.Context) error { close(started); <-ctx.Done(); return ctx.Err() },
		func(context.Context) error { <-started; return broken },
		func(context.Context) error { t.Error("a task was started after another had failed"); return nil },
	)
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want the error that came first", err)
	}
}

func TestDoStartsNothingAfterTheEnd(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	task := func(context.Context) error { cancel(); return nil }
	if err := together.Do(ctx, 1, task); err != nil {
		t.Errorf("all tasks have succeeded, and yet: %v", err)
	}
	if err := together.Do(ctx, 1, task); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that the context has ended", err)
	}
	if err := together.Do(ctx, 1); err != nil {
		t.Errorf("nothing to do: %v", err)
	}
}
