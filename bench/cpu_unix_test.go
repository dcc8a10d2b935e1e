//go:build unix

package bench

import (
	"syscall"
	"time"
)

// ownCPU returns the processor time this process has used: on a busy machine the
// only measure that repeats.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
