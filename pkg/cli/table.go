package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// columnGap is what kubectl leaves between columns.
const columnGap = 3

// Column is a column of a table.
type Column[T any] struct {
	Title string
	Cell  func(row T) string
	Wide  bool // is shown with -o wide only
}

// Table prints rows as they come, in the way kubectl does: capitals, columns padded
// by three spaces, "<none>" for what is empty. A column stays as wide as its widest
// cell so far, so that later rows stand below earlier ones.
type Table[T any] struct {
	out     io.Writer
	columns []Column[T]
	widths  []int
	begun   bool // the titles have been printed
}

// NewTable returns a table with all columns, or with those that are not wide. Its
// titles come with the first rows; columns without titles have none.
func NewTable[T any](out io.Writer, wide bool, columns ...Column[T]) *Table[T] {
	shown := slices.DeleteFunc(slices.Clone(columns), func(c Column[T]) bool { return c.Wide && !wide })
	return &Table[T]{out: out, columns: shown, widths: make([]int, len(shown))}
}

// Print writes rows.
func (t *Table[T]) Print(rows ...T) error {
	var lines [][]string
	if !t.begun && len(t.columns) > 0 && t.columns[0].Title != "" {
		titles := make([]string, len(t.columns))
		for i, c := range t.columns {
			titles[i] = c.Title
		}
		lines = append(lines, titles)
	}
	t.begun = true
	for _, row := range rows {
		cells := make([]string, len(t.columns))
		for i, c := range t.columns {
			if cells[i] = clierr.Clean(c.Cell(row)); cells[i] == "" {
				cells[i] = "<none>"
			}
		}
		lines = append(lines, cells)
	}
	for _, cells := range lines {
		for i, c := range cells {
			t.widths[i] = max(t.widths[i], utf8.RuneCountInString(c))
		}
	}
	for _, cells := range lines {
		var b strings.Builder
		for i, c := range cells {
			b.WriteString(c)
			if i < len(cells)-1 {
				b.WriteString(strings.Repeat(" ", t.widths[i]-utf8.RuneCountInString(c)+columnGap))
			}
		}
		if _, err := fmt.Fprintln(t.out, b.String()); err != nil {
			return fmt.Errorf("writing the result: %w", err)
		}
	}
	return nil
}

// PrintFields writes what one thing has: a name and a value in each line.
func PrintFields(w io.Writer, fields [][2]string) error {
	name := Column[[2]string]{Cell: func(f [2]string) string { return f[0] }}
	value := Column[[2]string]{Cell: func(f [2]string) string { return f[1] }}
	return NewTable(w, false, name, value).Print(fields...)
}

// Pairs writes a map as k=v, sorted.
func Pairs[T any](m map[string]T) string {
	var all []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		all = append(all, fmt.Sprintf("%s=%v", k, m[k]))
	}
	return strings.Join(all, " ")
}
