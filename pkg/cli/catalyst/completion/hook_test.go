package completion

import (
	"strings"
	"testing"
)

// The hook on Windows is a batch file that hands its arguments on.
func TestHookOnWindows(t *testing.T) {
	t.Parallel()
	if got := hookName("windows"); got != "kubectl_complete-catalyst.cmd" {
		t.Error(got)
	}
	if got := string(hook("windows")); !strings.HasSuffix(got, "@kubectl-catalyst __complete %* 2>nul\r\n") || !strings.HasPrefix(got, "@rem ") {
		t.Errorf("%q", got)
	}
}
