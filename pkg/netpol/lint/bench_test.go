package lint_test

import (
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/bench/netpolgen"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/lint"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load"
)

// BenchmarkRun looks for everything in ten thousand pods.
func BenchmarkRun(b *testing.B) {
	in := &load.Input{Objects: *netpolgen.Scale(netpolgen.Workloads)}
	e, err := netpol.New(&in.Objects, netpol.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		lint.Run(lint.Subject{Input: in, Engine: e}, lint.Options{})
	}
}
