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

// pause is the least time between two checks of a condition. A check that takes
// long, because it runs a program or asks a busy server, is followed by twice the
// time it took: waiting must not take the processor from what is waited for.
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
	for {
		start := time.Now()
		if holds() {
			return
		}
		select {
		case <-time.After(max(pause, 2*time.Since(start))):
		case <-ctx.Done():
			t.Fatalf("not within %s: %s", Limit, what)
		}
	}
}
