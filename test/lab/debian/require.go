package debian

import "os"

// T is the part of testing.TB that Require needs.
type T interface {
	Helper()
	Skipf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Require ends the test when unavailable, the reason why something called what
// cannot run on this machine, is not nil: the test is skipped with the reason, and
// fails where CI=true says that nothing may be left out.
func Require(t T, what string, unavailable error) {
	t.Helper()
	switch {
	case unavailable == nil:
	case os.Getenv("CI") == "true":
		t.Fatalf("no %s, but CI=true: %v", what, unavailable)
	default:
		t.Skipf("no %s here: %v", what, unavailable)
	}
}
