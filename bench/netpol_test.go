// Package bench measures what the project promises about speed.
package bench

import (
	"runtime/debug"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/bench/netpolgen"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/kube"
)

// BenchmarkNetpolEngine builds the engine and walks the whole map, without
// reading or writing any text.
func BenchmarkNetpolEngine(b *testing.B) {
	for _, set := range []struct {
		name  string
		make  func(netpolgen.Shape) *kube.Objects
		shape netpolgen.Shape
	}{
		{"workloads-10000-policies-2000", netpolgen.Scale, netpolgen.Workloads},
		{"workloads-10000-policies-2000-calico", netpolgen.CalicoScale, netpolgen.Workloads},
		{"classes-10000-policies-10000", netpolgen.Scale, netpolgen.Classes},
		{"pods-150000-policies-10000", netpolgen.Scale, netpolgen.Limit},
	} {
		name, o := set.name, set.make(set.shape)
		// The programs let the heap grow before they collect; see their main.
		defer debug.SetGCPercent(debug.SetGCPercent(400))
		b.Run(name+"/new", func(b *testing.B) {
			b.ReportAllocs()
			from := ownCPU()
			for b.Loop() {
				build(b, o)
			}
			reportCPU(b, from)
		})
		b.Run(name+"/map", func(b *testing.B) {
			b.ReportAllocs()
			flows, from := 0, ownCPU()
			for b.Loop() {
				flows = 0
				for range build(b, o).Flows(netpol.FlowOptions{External: true}) {
					flows++
				}
			}
			reportCPU(b, from)
			b.ReportMetric(float64(flows), "flows")
		})
		b.Run(name+"/facts", func(b *testing.B) {
			e := build(b, o)
			from := ownCPU()
			for b.Loop() {
				e.Policies()
				for range e.Redundant() {
				}
			}
			reportCPU(b, from)
		})
		b.Run(name+"/diff", func(b *testing.B) {
			less := *o
			if len(o.NetworkPolicies) > 0 {
				less.NetworkPolicies = o.NetworkPolicies[1:]
			} else {
				less.CalicoPolicies = o.CalicoPolicies[1:]
			}
			from := ownCPU()
			changes := 0
			for b.Loop() {
				all, err := netpol.Diff(o, &less, netpol.Options{}, netpol.FlowOptions{External: true})
				if err != nil {
					b.Fatal(err)
				}
				changes = 0
				for range all {
					changes++
				}
			}
			reportCPU(b, from)
			b.ReportMetric(float64(changes), "changes")
		})
	}
}

// reportCPU reports processor time since from, all threads and the collector's
// work included.
func reportCPU(b *testing.B, from time.Duration) {
	b.ReportMetric(float64((ownCPU()-from).Microseconds())/1000/float64(b.N), "cpu-ms/op")
}

func build(b *testing.B, o *kube.Objects) *netpol.Engine {
	e, err := netpol.New(o, netpol.Options{})
	if err != nil {
		b.Fatal(err)
	}
	return e
}
