package prepare

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/cache"
)

// fake is a part that needs neither Debian nor a compiler.
type fake struct {
	entry   string
	nowhere error
	make    func(ctx context.Context, dir string) error
}

func (f fake) Entry(context.Context) (string, error) { return f.entry, nil }
func (f fake) Unavailable() error                    { return f.nowhere }
func (f fake) MakePart(ctx context.Context, say func(string)) (bool, error) {
	return cache.Make(ctx, f.entry, say, func(dir string) error {
		say("working")
		return f.make(ctx, dir)
	})
}

// write makes an entry with a file.
func write(_ context.Context, dir string) error {
	return os.WriteFile(filepath.Join(dir, "program"), []byte("program"), 0o700)
}

// prepare runs a preparation of parts and returns its lines without times.
func prepare(ctx context.Context, parts ...Part) (Report, string) {
	var out bytes.Buffer
	report := Run(ctx, parts, &out)
	text := regexp.MustCompile(`(?m)^prepare +\d+:\d\d +`).ReplaceAllString(out.String(), "")
	return report, regexp.MustCompile(` {2,}|done in \d+:\d\d`).ReplaceAllStringFunc(text, func(s string) string {
		if strings.HasPrefix(s, "done") {
			return "done"
		}
		return ": "
	})
}

func TestALineForEachPart(t *testing.T) {
	t.Setenv(cache.Variable, t.TempDir())
	parts := []Part{
		{"good", "", Packages, fake{entry: "good", make: write}},
		{"bad", "", Packages, fake{entry: "bad", make: func(context.Context, string) error { return errors.New("no network") }}},
		{"root", "", Packages, fake{entry: "root", nowhere: errors.New("it needs root")}},
		{"next", "", Packages, fake{entry: "next", make: write}},
	}
	report, said := prepare(t.Context(), parts...)
	want := `good: working …
good: done
bad: working …
bad: FAILED: making "bad": no network
root: skipped: it needs root
next: working …
next: done
4 parts: 2 made, 0 ready before, 1 skipped, 1 failed
`
	if diff := cmp.Diff(want, said); diff != "" {
		t.Error(diff)
	}
	if err := report.Err(); err == nil || !strings.HasPrefix(err.Error(), "not prepared: bad ") {
		t.Errorf("got %v", err)
	}
	_, said = prepare(t.Context(), parts[0], parts[3])
	if diff := cmp.Diff("good: is ready\nnext: is ready\n2 parts: 0 made, 2 ready before, 0 skipped, 0 failed\n", said); diff != "" {
		t.Errorf("the second time:\n%s", diff)
	}
}

// A full disk is one line, not a page of what apt says.
func TestAFullDiskIsOneLine(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(cache.Variable, dir)
	_, said := prepare(t.Context(), Part{"big", "", Packages, fake{entry: "big", make: func(context.Context, string) error {
		return errors.New("exit status 100\nE: Write error\nE: No space left on device\n…")
	}}})
	want := "big: FAILED: the disk is full (free some space, or set " + cache.Variable + " to a folder elsewhere than " + dir + ")\n"
	if !strings.Contains(said, want) {
		t.Errorf("said:\n%s", said)
	}
}

// So is a network that does not answer, whoever says so.
func TestNoNetworkIsOneLine(t *testing.T) {
	for _, said := range []string{
		"exit status 100\n--- install.log\n  Temporary failure resolving 'deb.debian.org'\nE: Unable to locate package debootstrap",
		"go build: exit status 1\ngo: example.org/x@v1: Get \"https://proxy.golang.org/x\": dial tcp: lookup proxy.golang.org: no such host\n",
	} {
		t.Setenv(cache.Variable, t.TempDir())
		_, lines := prepare(t.Context(), Part{"far", "", Packages, fake{entry: "far", make: func(context.Context, string) error { return errors.New(said) }}})
		lines, _, _ = strings.Cut(strings.TrimPrefix(lines, "far: working …\n"), "\n1 parts")
		if strings.Contains(lines, "\n") || !strings.HasPrefix(lines, "far: FAILED: the network does not answer: ") || !strings.HasSuffix(lines, `(run "make prepare" again when it does)`) {
			t.Errorf("said:\n%s", lines)
		}
	}
}

// What was finished before an interrupt is there the next time; what was not, is
// made from its beginning.
func TestAnInterruptedPreparationGoesOn(t *testing.T) {
	t.Setenv(cache.Variable, t.TempDir())
	ctx, interrupt := context.WithCancel(t.Context())
	parts := []Part{
		{"first", "", Packages, fake{entry: "first", make: write}},
		{"second", "", Packages, fake{entry: "second", make: func(ctx context.Context, dir string) error {
			_ = write(ctx, dir)
			interrupt()
			<-ctx.Done()
			return ctx.Err()
		}}},
	}
	report, said := prepare(ctx, parts...)
	if report.Err() == nil || !strings.Contains(said, "second: interrupted (run it again to go on)\n") {
		t.Errorf("%v, said:\n%s", report.Err(), said)
	}
	parts[1].Maker = fake{entry: "second", make: func(ctx context.Context, dir string) error {
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("the new attempt finds %v, %v", left, err)
		}
		return write(ctx, dir)
	}}
	report, said = prepare(t.Context(), parts...)
	if want := "first: is ready\nsecond: working …\nsecond: done\n"; report.Err() != nil || !strings.HasPrefix(said, want) {
		t.Errorf("%v, said:\n%s", report.Err(), said)
	}
}

// What needs the compiler is made while packages are installed.
func TestLanesRunSideBySide(t *testing.T) {
	t.Setenv(cache.Variable, t.TempDir())
	met := make(chan struct{})
	meet := func(do func()) func(context.Context, string) error {
		return func(ctx context.Context, dir string) error { do(); return write(ctx, dir) }
	}
	report, said := prepare(t.Context(),
		Part{"apt", "", Packages, fake{entry: "apt", make: meet(func() { <-met })}},
		Part{"go", "", Compiler, fake{entry: "go", make: meet(func() { close(met) })}})
	if report.Err() != nil {
		t.Error(said)
	}
}

// When all packages are there, two parts are compiled at a time.
func TestPackagesLaneHelpsToCompile(t *testing.T) {
	t.Setenv(cache.Variable, t.TempDir())
	met := make(chan struct{})
	report, said := prepare(t.Context(),
		Part{"one", "", Compiler, fake{entry: "one", make: func(ctx context.Context, dir string) error { <-met; return write(ctx, dir) }}},
		Part{"two", "", Compiler, fake{entry: "two", make: func(ctx context.Context, dir string) error { close(met); return write(ctx, dir) }}})
	if report.Err() != nil {
		t.Error(said)
	}
}

// Two preparations on one cache share the work.
func TestTwoPreparationsAtOnce(t *testing.T) {
	t.Setenv(cache.Variable, t.TempDir())
	waiting := make(chan struct{})
	one := Part{"shared", "", Packages, fake{entry: "shared", make: func(ctx context.Context, dir string) error {
		<-waiting
		return write(ctx, dir)
	}}}
	first := make(chan Report)
	begun := make(chan struct{})
	var once sync.Once
	go func() {
		first <- Run(t.Context(), []Part{one}, writer(func(string) { once.Do(func() { close(begun) }) }))
	}()
	<-begun
	second := Run(t.Context(), []Part{one}, writer(func(line string) {
		if strings.Contains(line, "waiting for another process") {
			close(waiting)
		}
	}))
	if a, b := <-first, second; a.Err() != nil || b.Err() != nil || !a[0].Made || b[0].Made {
		t.Errorf("%+v, %+v", a, b)
	}
}

// writer is called with what is written.
type writer func(string)

func (w writer) Write(p []byte) (int, error) { w(string(p)); return len(p), nil }
