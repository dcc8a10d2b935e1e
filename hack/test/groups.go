package main

import (
	"slices"
	"strconv"
	"strings"
)

// module is ours.
const module = "github.com/catalyst-cloud/kubectl-catalyst"

// timeout bounds the tests of one package, for a machine that does much else.
const timeout = "60m"

// group is packages that one go test runs.
type group struct {
	name     string
	folder   string   // of their module, below the root of the project
	packages []string // as go test takes them
	parallel int      // how many packages at a time
}

// command returns the arguments of the go command that runs the group's tests.
// Symbols for a debugger are left out: for half of the packages linking them takes
// longer than the tests.
func (g group) command() []string {
	return append([]string{"test", "-json", "-ldflags=-w", "-timeout", timeout, "-p", strconv.Itoa(g.parallel)}, g.packages...)
}

// beds are packages that have many services answer in time, and wait for them more
// than they compute. One of them runs at a time, beside packages that compute:
// side by side they would wait for each other.
var beds = []string{"test/e2e", "test/felix"}

// lanes returns all groups. Groups of a lane run one after the other, lanes side
// by side: what waits beside what computes. packages are those of our module.
func lanes(packages []string, cpus int) [][]group {
	var waiting, others []string
	for _, p := range packages {
		if slices.Contains(beds, strings.TrimPrefix(p, module+"/")) {
			waiting = append(waiting, p)
		} else {
			others = append(others, p)
		}
	}
	return [][]group{
		{
			{"beds", ".", waiting, 1},
		}, {
			{"packages", ".", others, max(1, cpus-1)},
			{"netpoldiff", "test/netpoldiff", []string{"./..."}, max(1, cpus-1)},
		},
	}
}
