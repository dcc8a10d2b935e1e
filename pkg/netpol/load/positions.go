package load

import (
	"cmp"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/internal/rules"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/decode"
)

// positions are those of the objects of files that take more than one line: by
// file those of each batch, in the order of lines.
type positions map[string][][]position

// position is where an object begins, and on which lines its fields stand.
type position struct {
	line   int
	fields string // see decode.LineOf
}

// Locate gives problems the line of their field where only that of their object
// is known.
func (in *Input) Locate(problems []rules.Problem) {
	for i := range problems {
		at := &problems[i].Origin
		for _, batch := range in.positions[at.File] {
			j, ok := slices.BinarySearchFunc(batch, at.Line, func(p position, line int) int { return cmp.Compare(p.line, line) })
			if ok {
				at.Line = decode.LineOf(batch[j].fields, problems[i].Path, at.Line)
				break
			}
		}
	}
}
