//go:build linux

package bench

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
)

// What `check` may take on the Debian installation, and how large the program
// may be. The ratio holds on any machine; the time is that of an idle one.
const (
	checkTime  = 15 * time.Millisecond
	checkRatio = 50
	helperSize = 10_000_000 // bytes
)

// repeat runs a program N times and prints how many nanoseconds that took. It
// runs inside Debian, so that entering Debian is not measured.
const repeat = `n=$1; shift
"$@" >/dev/null || exit
begin=$(date +%s%N); i=0
while [ $i -lt $n ]; do "$@" >/dev/null || exit; i=$((i+1)); done
echo $(($(date +%s%N) - begin))`

// BenchmarkCheckOnDebian compares `openstack-coe-helper check` with `openstack
// --version`, the quickest way to learn less from the same installation.
func BenchmarkCheckOnDebian(b *testing.B) {
	lab.Require(b)
	ctx := b.Context()
	root, err := lab.Debian(lab.Heat)
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	helper, err := os.ReadFile(program(b, "openstack-coe-helper"))
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "helper"), helper, 0o700); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		var ours, theirs []time.Duration
		for range runs {
			theirs = append(theirs, each(ctx, b, root, dir, 1, "openstack", "--version"))
			ours = append(ours, each(ctx, b, root, dir, 20, "./helper", "check"))
		}
		check, version := middle(ours), middle(theirs)
		ratio := float64(version) / float64(check)
		b.ReportMetric(ratio, "times-faster")
		b.ReportMetric(float64(check)/1e6, "ms/check")
		b.ReportMetric(float64(len(helper))/1e6, "MB")
		if check > checkTime || ratio < checkRatio {
			b.Errorf("check takes %v and is %.0f times faster than openstack --version; at most %v and at least %d times are wanted",
				check, ratio, checkTime, checkRatio)
		}
	}
	if len(helper) > helperSize {
		b.Errorf("the program has %d bytes, more than %d", len(helper), helperSize)
	}
}

// each runs a program inside Debian and returns what one run took.
func each(ctx context.Context, b *testing.B, root debian.Root, dir string, times int, args ...string) time.Duration {
	b.Helper()
	cmd := root.Command(ctx, dir, dir, nil, append([]string{"/bin/sh", "-c", repeat, "sh", strconv.Itoa(times)}, args...)...)
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("%q: %v", args, err)
	}
	total, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	if err != nil {
		b.Fatalf("%q: %v", args, err)
	}
	return time.Duration(total / int64(times))
}

func middle(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2]
}
