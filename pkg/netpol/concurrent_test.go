package netpol_test

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/bench/netpolgen"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
)

// TestConcurrentUse: one engine answers several goroutines alike.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	o := netpolgen.Random(rand.New(rand.NewPCG(11, 11)), netpolgen.Everything())
	want := rows(engine(t, o, netpol.Options{}), wholeMap)
	e := engine(t, o, netpol.Options{})
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			if diff := cmp.Diff(want, rows(e, wholeMap)); diff != "" {
				t.Errorf("map (-want +got):\n%s", diff)
			}
			e.Policies()
			_ = slices.Collect(e.Redundant())
			for i := range o.Pods {
				e.Explain(e.PodAt(i), e.PodAt(0), 0, 80)
				e.External(i, netpol.Egress)
			}
		})
	}
	wait.Wait()
}
