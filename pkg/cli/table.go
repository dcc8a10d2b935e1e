package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// columnGap is what kubectl leaves between columns.
const columnGap = 3

// Table prints rows as they come. A column stays as wide as its widest cell so
// far, so that later rows stand below earlier ones.
type Table struct {
	out    io.Writer
	header []string
	widths []int
}

// NewTable returns a table whose header, unless it is empty, comes with the
// first rows.
func NewTable(out io.Writer, header []string) *Table {
	return &Table{out: out, header: header}
}

// Print writes rows; empty cells become "<none>".
func (t *Table) Print(rows [][]string) error {
	cells := make([][]string, 0, len(rows)+1)
	if t.header != nil {
		cells = append(cells, t.header)
		t.header = nil
	}
	for _, row := range rows {
		clean := make([]string, len(row))
		for i, c := range row {
			if clean[i] = clierr.Clean(c); clean[i] == "" {
				clean[i] = "<none>"
			}
		}
		cells = append(cells, clean)
	}
	t.measure(cells)
	for _, row := range cells {
		var b strings.Builder
		for i, c := range row {
			b.WriteString(c)
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", t.widths[i]-utf8.RuneCountInString(c)+columnGap))
			}
		}
		if _, err := fmt.Fprintln(t.out, b.String()); err != nil {
			return fmt.Errorf("writing the result: %w", err)
		}
	}
	return nil
}

func (t *Table) measure(cells [][]string) {
	for _, row := range cells {
		for i, c := range row {
			if i == len(t.widths) {
				t.widths = append(t.widths, 0)
			}
			t.widths[i] = max(t.widths[i], utf8.RuneCountInString(c))
		}
	}
}
