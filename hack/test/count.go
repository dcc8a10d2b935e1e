package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// event is one of those that go test -json writes.
type event struct {
	Action  string
	Package string  `json:",omitempty"`
	Test    string  `json:",omitempty"`
	Output  string  `json:",omitempty"`
	Elapsed float64 `json:",omitempty"` // seconds
}

// count is how many tests ended how, subtests included.
type count struct {
	passed, skipped int
	failed          []string // tests, and packages that failed without a test that did
	took            map[string]time.Duration
}

// packageState is what has been seen of a package that has not ended.
type packageState struct {
	running map[string]bool // its tests
	failed  bool            // one of its tests has
}

// readCount counts the events of a run. A test that began and did not end, because
// its package crashed or the run was interrupted, has failed.
func readCount(r io.Reader) (count, error) {
	c := count{took: map[string]time.Duration{}}
	open := map[string]*packageState{}
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		var e event
		if json.Unmarshal(line, &e) == nil && e.Package != "" {
			c.add(e, strings.TrimPrefix(e.Package, module+"/"), open)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return c, fmt.Errorf("counting tests: %w", err)
		}
	}
	for pkg, state := range open {
		c.addUnfinished(pkg, state)
	}
	slices.Sort(c.failed)
	return c, nil
}

func (c *count) add(e event, pkg string, open map[string]*packageState) {
	if open[pkg] == nil {
		open[pkg] = &packageState{running: map[string]bool{}}
	}
	state := open[pkg]
	switch {
	case e.Test == "" && (e.Action == "pass" || e.Action == "skip" || e.Action == "fail"):
		c.took[pkg] = time.Duration(e.Elapsed * float64(time.Second))
		if e.Action == "fail" {
			c.addUnfinished(pkg, state)
		}
		delete(open, pkg)
		return
	case e.Test == "":
		return
	case e.Action == "run":
		state.running[e.Test] = true
		return
	case e.Action == "pass":
		c.passed++
	case e.Action == "skip":
		c.skipped++
	case e.Action == "fail":
		c.failed = append(c.failed, pkg+" "+e.Test)
		state.failed = true
	default:
		return
	}
	delete(state.running, e.Test)
}

// addUnfinished counts the tests of a package that did not end, and the package
// itself when it failed without any that failed: it does not build, or its TestMain
// failed.
func (c *count) addUnfinished(pkg string, state *packageState) {
	for test := range state.running {
		c.failed = append(c.failed, pkg+" "+test+" (did not end)")
	}
	if len(state.running) == 0 && !state.failed {
		c.failed = append(c.failed, pkg+" (package)")
	}
}

// print writes which tests failed and which packages took longest, and as the last
// line how many tests ended how.
func (c count) print(w io.Writer) {
	if slowest := c.slowest(5); len(slowest) > 0 {
		fmt.Fprintln(w, "Slowest packages: "+strings.Join(slowest, ", "))
	}
	for _, name := range c.failed {
		fmt.Fprintln(w, "FAILED: "+name)
	}
	fmt.Fprintf(w, "%d passed, %d failed, %d skipped\n", c.passed, len(c.failed), c.skipped)
}

func (c count) slowest(n int) []string {
	var names []string
	for name := range c.took {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(c.took[b], c.took[a]), cmp.Compare(a, b)) })
	for i, name := range names {
		names[i] = name + " " + c.took[name].Round(time.Second).String()
	}
	return names[:min(n, len(names))]
}
