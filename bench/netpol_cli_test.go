//go:build linux

package bench

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// limit is what a run may take, as the project promises.
type limit struct {
	cpu    time.Duration // 0: no promise
	wall   time.Duration
	memory int64 // MiB
}

// BenchmarkNetworkPolicy runs whole commands on files, from reading to writing.
func BenchmarkNetworkPolicy(b *testing.B) {
	for _, run := range []struct {
		name, shape, format string
		args                []string
		limit               limit
	}{
		{"workloads/yaml", "workloads", "yaml", []string{"map", "-o", "csv"}, limit{cpu: 1500 * time.Millisecond, memory: 64}},
		{"workloads/json", "workloads", "json", []string{"map", "-o", "csv"}, limit{cpu: 500 * time.Millisecond, memory: 64}},
		{"workloads/check", "workloads", "yaml", []string{"check", "-o", "json", "--fail-on", "never"}, limit{cpu: 1500 * time.Millisecond, memory: 64}},
		{"workloads/explain", "workloads", "yaml", []string{"explain", "space-0/w0-0", "space-0/w0-0", "--port", "80"}, limit{cpu: 1500 * time.Millisecond, memory: 64}},
		{"workloads-calico/yaml", "workloads-calico", "yaml", []string{"map", "-o", "csv"}, limit{cpu: 1500 * time.Millisecond, memory: 64}},
		{"workloads-calico/json", "workloads-calico", "json", []string{"map", "-o", "csv"}, limit{cpu: 500 * time.Millisecond, memory: 64}},
		{"workloads-calico/check", "workloads-calico", "yaml", []string{"check", "-o", "json", "--fail-on", "never"}, limit{cpu: 1500 * time.Millisecond, memory: 64}},
		{"classes/yaml", "classes", "yaml", []string{"map", "-o", "csv"}, limit{cpu: 3500 * time.Millisecond, memory: 256}},
		{"limit/json", "limit", "json", []string{"map", "-o", "csv"}, limit{wall: 30 * time.Second, memory: 1536}},
		{"limit/check", "limit", "json", []string{"check", "-o", "json", "--fail-on", "never"}, limit{wall: 30 * time.Second, memory: 1536}},
	} {
		b.Run(run.name, func(b *testing.B) {
			file := generate(b, run.shape, run.format)
			path := program(b, "kubectl-catalyst")
			var all []usage
			for b.Loop() {
				cmd := command(context.Background(), path, []string{"HOME=" + b.TempDir()}, append([]string{"network-policy"}, append(run.args, "-f", file)...)...)
				all = append(all, measure(b, cmd))
			}
			report(b, all, run.limit)
		})
	}
}

// generate writes the objects of a shape to a file. A process of its own does it:
// the memory of a process that was started counts from its parent's peak.
func generate(b *testing.B, shape, format string) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "objects."+format)
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	cmd := exec.Command("go", "run", "./cmd/netpolgen", "-shape", shape, "-format", format)
	cmd.Stdout, cmd.Stderr = f, os.Stderr
	if err := cmd.Run(); err != nil {
		b.Fatal(err)
	}
	return path
}

func report(b *testing.B, all []usage, l limit) {
	b.Helper()
	seconds, elapsed, mib := median(all, cpu)/1e9, median(all, wall)/1e9, median(all, memory)/(1<<20)
	b.ReportMetric(seconds, "cpu-s")
	b.ReportMetric(elapsed, "wall-s")
	b.ReportMetric(mib, "MiB")
	if l.cpu > 0 && seconds > l.cpu.Seconds() || l.wall > 0 && elapsed > l.wall.Seconds() || l.memory > 0 && mib > float64(l.memory) {
		b.Errorf("took %.2f s of CPU, %.2f s, %.0f MiB; promised are %v, %v, %d MiB", seconds, elapsed, mib, l.cpu, l.wall, l.memory)
	}
}
