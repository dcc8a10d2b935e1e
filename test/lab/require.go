package lab

import "os"

// T is the part of testing.TB that Require needs.
type T interface {
	Helper()
	Skipf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Require ends the test when no bed can run on this machine: skipped with the
// reason, and failed where CI=true says that nothing may be left out.
func Require(t T) {
	t.Helper()
	ok, why := Available()
	switch {
	case ok:
	case os.Getenv("CI") == "true":
		t.Fatalf("no real Keystone and Magnum, but CI=true: %s", why)
	default:
		t.Skipf("no real Keystone and Magnum here: %s", why)
	}
}
