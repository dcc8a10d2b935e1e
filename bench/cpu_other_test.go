//go:build !unix

package bench

import "time"

// cpu stands in with the wall clock where processor time is not to be had.
func cpu() time.Duration { return time.Since(start) }

var start = time.Now()
