package windows

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/wine"
)

// unitPackages are those whose own tests run here, with the ones among them that
// wine, not Windows, fails.
var unitPackages = []struct {
	name string
	skip map[string]string // test to reason
}{
	{name: "pkg/atomicfile"},
	{name: "pkg/kubeconfig"},
	{name: "pkg/kubeconfig/internal/lockfile"},
	{name: "pkg/store"},
	{name: "pkg/cloud", skip: map[string]string{
		"TestTLS": "a certificate that wine's own store cannot judge takes it more than the client's 90 seconds on a busy machine",
	}},
	{name: "pkg/magnum"},
	{name: "pkg/prereq"},
	{name: "pkg/plugin"},
	{name: "pkg/cli"},
}

// TestUnits runs the tests of packages as Windows programs, in a copy of their
// folders.
func TestUnits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mkdir("src/pkg")
	if err := os.CopyFS(w.file("src/pkg"), os.DirFS("../../pkg")); err != nil {
		t.Fatal(err)
	}
	for _, p := range unitPackages {
		t.Run(filepath.Base(p.name), func(t *testing.T) {
			t.Parallel()
			runUnits(t, w, p.name, p.skip)
		})
	}
}

func runUnits(t *testing.T, w *world, name string, skip map[string]string) {
	ctx, cancel := context.WithTimeout(t.Context(), 4*patience)
	defer cancel()
	program := w.file("src/" + name + "/tests.exe")
	if err := wine.Build(ctx, "test", "-c", "-trimpath", "-ldflags", "-s -w", "-o", program, "./"+name); err != nil {
		t.Fatal(err)
	}
	args := []string{w.path("src/" + name)}
	for name, value := range w.env {
		args = append(args, name+"="+value)
	}
	args = append(args, "--", w.path("src/"+name+"/tests.exe"), "-test.v", "-test.timeout", "15m")
	for test, reason := range skip {
		t.Logf("not run, as it is wine's: %s: %s", test, reason)
		args = append(args, "-test.skip", "^"+test+"$")
	}
	out, err := w.peer(ctx, append([]string{"run"}, args...)...).CombinedOutput()
	passed := len(regexp.MustCompile(`(?m)^ *--- PASS`).FindAll(out, -1))
	t.Logf("%d passed", passed)
	for _, line := range regexp.MustCompile(`(?m)^ *--- SKIP: (\S+)`).FindAllSubmatch(out, -1) {
		t.Logf("skipped on Windows: %s", line[1])
	}
	if err != nil || passed == 0 {
		t.Errorf("%v\n%s", err, out)
	}
}
