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

// CSV writes the header source,destination,protocol,ports and a row for each
// pair and protocol, sorted. Ports are ranges like 80,443,8000-8010.
func CSV(w io.Writer, flows iter.Seq[netpol.Flow]) error {
	b := bufio.NewWriterSize(w, 1<<16)
	write := func(s string) { _, _ = b.WriteString(s) } // the last write of a row reports errors
	write("source,destination,protocol,ports\n")
	tails := make(map[ports.Set][]string) // of a row, behind its pair
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
			write(source)
			write(",")
			write(destination)
			if _, err := b.WriteString(tail); err != nil {
				return fmt.Errorf("writing the result: %w", err)
			}
		}
	}
	return flush(b)
}

// MapTable writes a table of source, destination and ports.
func MapTable(w io.Writer, flows iter.Seq[netpol.Flow]) error {
	t := table{w: bufio.NewWriter(w), header: []string{"SOURCE", "DESTINATION", "PORTS"}}
	for f := range flows {
		t.row(clierr.Clean(f.Source.String()), clierr.Clean(f.Destination.String()), Phrase(f.Ports))
	}
	return t.end()
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
