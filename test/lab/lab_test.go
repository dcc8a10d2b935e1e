package lab_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
)

// patience bounds every test here. It is generous because the first run on a
// machine installs and builds.
const patience = 9 * time.Minute

func start(t *testing.T, o lab.Options) (context.Context, *lab.Lab) {
	t.Helper()
	lab.Require(t)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	begin := time.Now()
	bed, err := lab.Start(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the bed was up after %v", time.Since(begin).Round(time.Millisecond))
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(bed.Logs())
		}
		bed.Close()
	})
	return ctx, bed
}

func TestLab(t *testing.T) {
	t.Parallel()
	ctx, bed := start(t, lab.Options{Kube: true})

	t.Run("the real client lists the clusters", func(t *testing.T) {
		t.Parallel()
		out, err := bed.OpenStack(ctx, "alice", t.TempDir(), "coe", "cluster", "list", "-f", "value", "-c", "name")
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Fields(string(out))
		for _, want := range []string{"prod", "blue", "green", "twin", "notls", "creating", "creating-certs", "failed", "bobs"} {
			if !strings.Contains(" "+strings.Join(got, " ")+" ", " "+want+" ") {
				t.Errorf("%q is missing from %q", want, got)
			}
		}
	})
}
