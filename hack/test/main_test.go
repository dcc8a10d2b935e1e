package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// sample is two modules with every way in which tests end.
const sample = `
-- one/go.mod --
module example.org/one
go 1.26
-- one/good/good_test.go --
package good
import "testing"
func TestA(t *testing.T) { t.Run("sub", func(t *testing.T) {}) }
func TestB(t *testing.T) { t.Skip("no such thing here") }
-- one/bad/bad_test.go --
package bad
import "testing"
func TestA(t *testing.T) {}
func TestB(t *testing.T) { t.Error("no") }
-- one/unbuilt/unbuilt_test.go --
package unbuilt
import "testing"
func TestA(t *testing.T) { undefined() }
-- one/crash/crash_test.go --
package crash
import "testing"
func TestA(t *testing.T) { go panic("oh") ; select {} }
-- one/early/early_test.go --
package early
import ("os"; "testing")
func TestMain(m *testing.M) { os.Exit(3) }
func TestA(t *testing.T) {}
-- two/go.mod --
module example.org/two
go 1.26
-- two/two_test.go --
package two
import "testing"
func TestC(t *testing.T) {}
-- broken/go.mod --
module
`

// run runs groups of the sample and counts.
func run(t *testing.T, lanes [][]group) (count, error) {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(sample)).Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, lane := range lanes {
		for i := range lane {
			lane[i].folder = filepath.Join(dir, lane[i].folder)
		}
	}
	var out bytes.Buffer
	ran := stream(t.Context(), lanes, &out)
	c, err := readCount(&out)
	if err != nil {
		t.Fatal(err)
	}
	return c, ran
}

func TestAllGroupsRunWhateverTheOthersDid(t *testing.T) {
	t.Parallel()
	c, err := run(t, [][]group{
		{{"nowhere", "missing", []string{"./..."}, 1}, {"broken", "broken", []string{"./..."}, 1}, {"one", "one", []string{"./..."}, 2}},
		{{"two", "two", []string{"./..."}, 1}},
	})
	if err == nil {
		t.Error("no error")
	}
	want := []string{
		"broken (package)",
		"example.org/one/bad TestB",
		"example.org/one/crash TestA (did not end)",
		"example.org/one/early (package)",
		"example.org/one/unbuilt (package)",
		"nowhere (package)",
	}
	if diff := cmp.Diff(want, c.failed); diff != "" {
		t.Errorf("failed:\n%s", diff)
	}
	if c.passed != 4 || c.skipped != 1 {
		t.Errorf("%d passed and %d skipped, not 4 and 1", c.passed, c.skipped)
	}
}

func TestWhatPassesIsNoError(t *testing.T) {
	t.Parallel()
	c, err := run(t, [][]group{{{"two", "two", []string{"./..."}, 1}}})
	if err != nil || c.passed != 1 || len(c.failed) != 0 {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestTheCountIsTheLastLine(t *testing.T) {
	t.Parallel()
	c, err := readCount(strings.NewReader(`
{"Action":"run","Package":"` + module + `/pkg/a","Test":"TestA"}
{"Action":"pass","Package":"` + module + `/pkg/a","Test":"TestA"}
{"Action":"pass","Package":"` + module + `/pkg/a","Elapsed":61.2}
{"Action":"start","Package":"` + module + `/pkg/b"}
{"Action":"run","Package":"` + module + `/pkg/b","Test":"TestHung"}
not an event
{"Action":"build-output","ImportPath":"x","Output":"x"}
`))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	c.print(&out)
	want := "Slowest packages: pkg/a 1m1s\nFAILED: pkg/b TestHung (did not end)\n1 passed, 1 failed, 0 skipped\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

// Every package is in one group, and only one bed runs at a time.
func TestEveryPackageIsInOneGroup(t *testing.T) {
	t.Parallel()
	packages := []string{module + "/pkg/a", module + "/test/e2e", module + "/test/felix", module + "/test/lab/felix"}
	seen := map[string]int{}
	for _, lane := range lanes(packages, 2) {
		for _, g := range lane {
			for _, p := range g.packages {
				seen[p]++
			}
			if g.name == "beds" && (g.parallel != 1 || len(g.packages) != 2) {
				t.Errorf("beds: %+v", g)
			}
		}
	}
	for _, p := range append(packages, "./...") { // netpoldiff has a module of its own
		if seen[p] != 1 {
			t.Errorf("%s is in %d groups", p, seen[p])
		}
	}
}
