package cluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// FailedError is an operation that ended in failure.
type FailedError struct{ Name, Status, Reason string }

func (e *FailedError) Error() string {
	s := fmt.Sprintf("cluster %q ended in %s", e.Name, e.Status)
	if e.Reason != "" {
		s += ": " + e.Reason
	}
	return s
}

// UnfinishedError is an operation that continues while nobody waits for it any
// more: Err is context.Canceled after Ctrl-C.
type UnfinishedError struct {
	Name, Status string
	Elapsed      time.Duration
	Err          error
}

func (e *UnfinishedError) Error() string {
	s := fmt.Sprintf("cluster %q is still %s after %s", e.Name, e.Status, e.Elapsed)
	if e.Status == "" {
		s = fmt.Sprintf("cluster %q has not begun after %s", e.Name, e.Elapsed)
	}
	if errors.Is(e.Err, context.Canceled) {
		return "stopped waiting: " + s
	}
	return s
}

func (e *UnfinishedError) Unwrap() error { return e.Err }

func sorted[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
