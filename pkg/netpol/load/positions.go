package load

import (
	"cmp"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/decode"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/rules"
)

// positions are those of the objects of files that take more than one line, by
// file and in the order of lines.
type positions map[string][]position

// position is where an object begins, and on which lines its fields stand.
type position struct {
	line   int
	fields string // see decode.LineOf
}

// sort puts each file's in the order of lines; a file may have been read twice.
func (p positions) sort() {
	for _, list := range p {
		slices.SortStableFunc(list, func(a, b position) int { return cmp.Compare(a.line, b.line) })
	}
}

// Locate gives problems the line of their field where only that of their object
// is known.
func (in *Input) Locate(problems []rules.Problem) {
	for i := range problems {
		at := &problems[i].Origin
		list := in.positions[at.File]
		if j, ok := slices.BinarySearchFunc(list, at.Line, func(p position, line int) int { return cmp.Compare(p.line, line) }); ok {
			at.Line = decode.LineOf(list[j].fields, problems[i].Path, at.Line)
		}
	}
}
