package report

import (
	"bufio"
	"fmt"
	"strings"
)

// table aligns columns over blocks of rows, so that it can be endless.
type table struct {
	w      *bufio.Writer
	header []string
	rows   [][]string
	widths []int
}

// blockRows is how many rows are aligned with each other.
const blockRows = 5000

func (t *table) row(cells ...string) {
	t.rows = append(t.rows, cells)
	if len(t.rows) == blockRows {
		t.write()
	}
}

func (t *table) write() {
	rows := t.rows
	if t.header != nil {
		rows = append([][]string{t.header}, rows...)
		t.widths = make([]int, len(t.header))
		t.header = nil
	}
	var line strings.Builder
	for _, row := range rows {
		for i, c := range row {
			t.widths[i] = max(t.widths[i], len([]rune(c)))
		}
	}
	for _, row := range rows {
		line.Reset()
		for i, c := range row {
			line.WriteString(c)
			if i < len(row)-1 {
				line.WriteString(strings.Repeat(" ", t.widths[i]-len([]rune(c))+3))
			}
		}
		fmt.Fprintln(t.w, strings.TrimRight(line.String(), " "))
	}
	t.rows = t.rows[:0]
}

func (t *table) end() error {
	t.write()
	return flush(t.w)
}
