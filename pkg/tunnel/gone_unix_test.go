//go:build unix

package tunnel_test

import (
	"errors"
	"strconv"
	"syscall"
	"testing"
)

// gone reports whether a process has ended.
func gone(t *testing.T, pid string) bool {
	t.Helper()
	n, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	return errors.Is(syscall.Kill(n, 0), syscall.ESRCH)
}
