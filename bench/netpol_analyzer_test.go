//go:build linux

package bench

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// slower is how many times the CPU of ours the analyser takes at the least.
const slower = 300

// BenchmarkNetworkPolicyAgainstAnalyzer lists the connections of a thousand
// workloads with netpol-analyzer, which takes minutes, and with ours. The
// analyser is a tool of a module of its own, analyzer.
func BenchmarkNetworkPolicyAgainstAnalyzer(b *testing.B) {
	analyzer := filepath.Join(b.TempDir(), "netpolicy")
	build := exec.Command("go", "build", "-o", analyzer, "github.com/np-guard/netpol-analyzer/cmd/netpolicy")
	build.Dir = "analyzer"
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("building netpol-analyzer: %v: %s", err, out)
	}
	file := generate(b, "thousand", "yaml")
	home := []string{"HOME=" + b.TempDir()}
	var theirs, ours []usage
	for b.Loop() {
		theirs = append(theirs, measure(b, command(context.Background(), analyzer, home, "list", "-q", "--dirpath", filepath.Dir(file))))
		for range 5 {
			ours = append(ours, measure(b, command(context.Background(), program(b, "kubectl-catalyst"), home, "network-policy", "map", "-o", "csv", "-f", file)))
		}
	}
	ratio := median(theirs, cpu) / median(ours, cpu)
	b.ReportMetric(median(theirs, cpu)/1e9, "analyzer-cpu-s")
	b.ReportMetric(median(ours, cpu)/1e9, "cpu-s")
	b.ReportMetric(ratio, "times-slower")
	if ratio < slower {
		b.Errorf("netpol-analyzer takes %.0f times our CPU, not %d", ratio, slower)
	}
}
