package felix_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/felix"
	"github.com/catalyst-cloud/kubectl-catalyst/test/seeds"
)

// workers is how many nodes share the random clusters: while one waits for Felix
// another can be asked.
const workers = 2

// TestRandom: random clusters with policies of Kubernetes and Calico, which change
// while they run: every cell is what the engine says. A state that differs is made
// small and kept in testdata, where TestKept finds it.
func TestRandom(t *testing.T) {
	t.Parallel()
	felix.Require(t)
	source := seeds.New(t, 40)
	var cells atomic.Uint64
	for worker := range workers {
		t.Run(fmt.Sprintf("node %d", worker), func(t *testing.T) {
			t.Parallel()
			r := nodes.borrow(t)
			source.Each(func(seed uint64) string {
				for stage, s := range states(source, seed) {
					docs := items(t, s.text(t))
					n, difference, err := r.compare(t, docs, s.outside, s.cells)
					cells.Add(uint64(n))
					switch {
					case err != nil:
						return fmt.Sprintf("stage %d: %v\n%s", stage, err, r.Logs())
					case difference != "":
						return fmt.Sprintf("stage %d:\n%s\n%s", stage, difference, r.keepState(t, seed, stage, docs))
					}
				}
				return ""
			})
		})
	}
	t.Cleanup(func() { t.Logf("%d cells", cells.Load()) })
}
