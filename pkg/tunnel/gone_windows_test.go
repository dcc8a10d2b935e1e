package tunnel_test

import (
	"os"
	"strconv"
	"testing"
)

// gone reports whether a process has ended: there is no opening it then.
func gone(t *testing.T, pid string) bool {
	t.Helper()
	n, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	p, err := os.FindProcess(n)
	if err == nil {
		_ = p.Release()
	}
	return err != nil
}
