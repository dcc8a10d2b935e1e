// Package main_test measures what users wait for.
package main_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
)

// What `check` may take on the Debian installation, and how large the program
// may be. The ratio holds on any machine; the time is that of an idle one.
const (
	checkTime  = 15 * time.Millisecond
	checkRatio = 50
	helperSize = 10_000_000 // bytes
)

// timings are medians, in nanoseconds.
type timings struct{ Check, OpenStack time.Duration }

// insideVariable tells the test binary that it runs inside Debian, where it
// times the two programs without the cost of entering.
const insideVariable = "BENCH_INSIDE_DEBIAN"

func TestMain(m *testing.M) {
	if os.Getenv(insideVariable) == "" {
		os.Exit(m.Run())
	}
	t := timings{
		Check:     median(31, "/work/helper", "check"),
		OpenStack: median(5, "/usr/bin/openstack", "--version"),
	}
	if err := json.NewEncoder(os.Stdout).Encode(t); err != nil {
		os.Exit(1)
	}
}

// median runs a program once to warm up and then times it.
func median(times int, name string, args ...string) time.Duration {
	var took []time.Duration
	for i := range times + 1 {
		begin := time.Now()
		if err := exec.Command(name, args...).Run(); err != nil {
			os.Stderr.WriteString(name + ": " + err.Error() + "\n")
			os.Exit(1)
		}
		if i > 0 {
			took = append(took, time.Since(begin))
		}
	}
	slices.Sort(took)
	return took[len(took)/2]
}

// BenchmarkCheckOnDebian compares `openstack-coe-helper check` with `openstack
// --version`, the quickest way to learn less from the same installation.
func BenchmarkCheckOnDebian(b *testing.B) {
	lab.Require(b)
	debian, err := lab.InstallDebian(b.Context(), func(line string) { b.Log(line) })
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	helper := filepath.Join(dir, "helper")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", helper,
		"github.com/catalyst-cloud/kubectl-catalyst/cmd/openstack-coe-helper")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("building: %v\n%s", err, out)
	}
	var t timings
	for b.Loop() {
		t = inside(b, debian, dir)
	}
	info, err := os.Stat(helper)
	if err != nil {
		b.Fatal(err)
	}
	ratio := float64(t.OpenStack) / float64(t.Check)
	b.ReportMetric(0, "ns/op") // entering Debian is no part of it
	b.ReportMetric(float64(t.Check)/1e6, "check-ms")
	b.ReportMetric(float64(t.OpenStack)/1e6, "openstack-ms")
	b.ReportMetric(ratio, "times-faster")
	b.ReportMetric(float64(info.Size())/1e6, "helper-MB")
	if t.Check > checkTime {
		b.Errorf("check takes %v, more than %v", t.Check, checkTime)
	}
	if ratio < checkRatio {
		b.Errorf("check is %.0f times faster than openstack --version, not %d", ratio, checkRatio)
	}
	if info.Size() > helperSize {
		b.Errorf("the program has %d bytes, more than %d", info.Size(), helperSize)
	}
}

// inside runs this very binary in Debian.
func inside(b *testing.B, debian lab.Debian, dir string) timings {
	b.Helper()
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "bench"), self, 0o700); err != nil {
		b.Fatal(err)
	}
	cmd, err := debian.Command(b.Context(), dir, "/work/bench")
	if err != nil {
		b.Fatal(err)
	}
	cmd.Env = append(cmd.Env, insideVariable+"=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("%v\n%s", err, stderr.String())
	}
	var t timings
	if err := json.Unmarshal(out, &t); err != nil {
		b.Fatal(err)
	}
	return t
}
