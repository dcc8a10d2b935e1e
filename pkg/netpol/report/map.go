// Package report writes answers: who reaches whom, why, what changed, and what
// was found. Every format is written to an io.Writer as it comes, so that a map
// of a large cluster is never held as text.
package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// byName are the protocols as their names sort: rows of text are sorted as text.
var byName = [...]ports.Protocol{ports.SCTP, ports.TCP, ports.UDP}

// CSV writes the header source,destination,protocol,ports and a row for each
// pair and protocol, sorted. Ports are ranges like 80,443,8000-8010.
func CSV(w io.Writer, flows iter.Seq[netpol.Flow]) error {
	b := bufio.NewWriterSize(w, 1<<16)
	put := func(s string) { _, _ = b.WriteString(s) } // what goes wrong, the last write of a row reports
	put("source,destination,protocol,ports\n")
	tails := make(map[ports.Set][]string) // what a row says behind its pair
	for f := range flows {
		rows, ok := tails[f.Ports]
		if !ok {
			for _, p := range byName {
				if text := f.Ports.Format(p); text != "" {
					rows = append(rows, ","+p.String()+","+cell(text)+"\n")
				}
			}
			tails[f.Ports] = rows
		}
		source, destination := cell(f.Source.String()), cell(f.Destination.String())
		for _, tail := range rows {
			put(source)
			put(",")
			put(destination)
			if _, err := b.WriteString(tail); err != nil {
				return fmt.Errorf("writing the result: %w", err)
			}
		}
	}
	return flush(b)
}

// cell quotes what would be taken for more than one cell (RFC 4180).
func cell(s string) string {
	if strings.ContainsAny(s, ",\"\r\n") {
		return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	return s
}

func flush(b *bufio.Writer) error {
	if err := b.Flush(); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

// PortsByProtocol returns the ports of each protocol that has any, as in CSV.
func PortsByProtocol(s ports.Set) map[string]string {
	out := make(map[string]string, 3)
	for _, p := range byName {
		if text := s.Format(p); text != "" {
			out[p.String()] = text
		}
	}
	return out
}

// Phrase says ports as people do: "all ports", "TCP 80,443 UDP 53".
func Phrase(s ports.Set) string {
	if s == ports.All() {
		return "all ports"
	}
	return s.String()
}

// MapTable writes a table of source, destination and ports.
func MapTable(w io.Writer, flows iter.Seq[netpol.Flow]) error {
	t := table{w: bufio.NewWriter(w), header: []string{"SOURCE", "DESTINATION", "PORTS"}}
	for f := range flows {
		t.row(clierr.Clean(f.Source.String()), clierr.Clean(f.Destination.String()), Phrase(f.Ports))
	}
	return t.end()
}

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
	for _, row := range rows {
		for i, c := range row {
			t.widths[i] = max(t.widths[i], len([]rune(c)))
		}
	}
	for _, row := range rows {
		for i, c := range row {
			if i == len(row)-1 {
				fmt.Fprintln(t.w, c)
			} else {
				fmt.Fprintf(t.w, "%s%s   ", c, strings.Repeat(" ", t.widths[i]-len([]rune(c))))
			}
		}
	}
	t.rows = t.rows[:0]
}

func (t *table) end() error {
	t.write()
	return flush(t.w)
}

// Header is what every answer says about itself.
type Header struct {
	Complete   bool     `json:"complete"`
	Incomplete []string `json:"incomplete"`
}

// NewHeader returns the header for the reasons why an answer is incomplete.
func NewHeader(incomplete []string) Header {
	if incomplete == nil {
		incomplete = []string{}
	}
	return Header{Complete: len(incomplete) == 0, Incomplete: incomplete}
}

// MapJSON writes {complete, incomplete[], connections[{source, destination,
// ports{protocol: ranges}}]}.
func MapJSON(w io.Writer, flows iter.Seq[netpol.Flow], h Header) error {
	b := bufio.NewWriter(w)
	reasons, err := json.Marshal(h.Incomplete)
	if err != nil {
		return fmt.Errorf("encoding the result: %w", err)
	}
	fmt.Fprintf(b, "{\n  \"complete\": %v,\n  \"incomplete\": %s,\n  \"connections\": [", h.Complete, reasons)
	sep := "\n"
	for f := range flows {
		fmt.Fprintf(b, "%s    {\"source\": %s, \"destination\": %s, \"ports\": %s}", sep,
			quote(f.Source.String()), quote(f.Destination.String()), portsJSON(f.Ports))
		sep = ",\n"
	}
	if sep != "\n" {
		fmt.Fprint(b, "\n  ")
	}
	fmt.Fprint(b, "]\n}\n")
	return flush(b)
}

func quote(s string) []byte {
	data, err := json.Marshal(s)
	if err != nil {
		return []byte(`""`)
	}
	return data
}

func portsJSON(s ports.Set) string {
	var parts []string
	for _, p := range byName {
		if text := s.Format(p); text != "" {
			parts = append(parts, fmt.Sprintf("%q: %q", p, text))
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
