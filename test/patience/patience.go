// Package patience bounds what tests wait for. A test waits for a condition,
// never for a time; the bound only decides when it gives up, so there is one for
// all of them, and a machine with ten times more to do than it can meets it.
package patience

import (
	"context"
	"testing"
	"time"
)

// Limit is how long a test waits for what must happen.
const Limit = 5 * time.Minute

// pause lies between two looks at a condition.
const pause = 20 * time.Millisecond

// Context returns the test's context, bounded by Limit.
func Context(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Limit)
	t.Cleanup(cancel)
	return ctx
}

// Until waits until holds returns true, and ends the test with what did not
// become true. It works in cleanups as well, where the test's context has ended.
func Until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), Limit)
	defer cancel()
	again := time.NewTicker(pause)
	defer again.Stop()
	for !holds() {
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatalf("not within %s: %s", Limit, what)
		}
	}
}
