package report

import (
	"bufio"
	"fmt"
	"io"
	"iter"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/ports"
)

// parts yields what a change adds and what it removes.
func parts(c netpol.Change) []struct {
	sign, word string
	ports      ports.Set
} {
	return []struct {
		sign, word string
		ports      ports.Set
	}{{"+", "added", c.Added}, {"-", "removed", c.Removed}}
}

// DiffTable writes a line for what becomes reachable (+) and what stops being (-).
func DiffTable(w io.Writer, changes iter.Seq[netpol.Change]) error {
	t := table{w: bufio.NewWriter(w), header: []string{"", "SOURCE", "DESTINATION", "PORTS"}}
	for c := range changes {
		for _, p := range parts(c) {
			if !p.ports.Empty() {
				t.row(p.sign, clierr.Clean(c.Source.String()), clierr.Clean(c.Destination.String()), Phrase(p.ports))
			}
		}
	}
	if len(t.rows) == 0 && t.header != nil {
		fmt.Fprintln(t.w, "no difference")
		return flush(t.w)
	}
	return t.end()
}

// DiffCSV writes the header change,source,destination,protocol,ports and a row
// for each pair, protocol and kind of change: added or removed.
func DiffCSV(w io.Writer, changes iter.Seq[netpol.Change]) error {
	b := bufio.NewWriter(w)
	fmt.Fprintln(b, "change,source,destination,protocol,ports")
	for c := range changes {
		for _, p := range parts(c) {
			for _, proto := range byName {
				if text := p.ports.Format(proto); text != "" {
					fmt.Fprintf(b, "%s,%s,%s,%s,%s\n", p.word, cell(c.Source.String()), cell(c.Destination.String()), proto, cell(text))
				}
			}
		}
	}
	return flush(b)
}

// changeJSON is one pair in a diff's JSON; ports by protocol as in CSV.
type changeJSON struct {
	Source      string            `json:"source"`
	Destination string            `json:"destination"`
	Ports       map[string]string `json:"ports"`
}

// diffJSON is the JSON of a diff.
type diffJSON struct {
	Header
	Added   []changeJSON `json:"added"`
	Removed []changeJSON `json:"removed"`
}

// DiffObject returns the changes with the field names of their JSON.
func DiffObject(changes iter.Seq[netpol.Change], h Header) any {
	out := diffJSON{Header: h, Added: []changeJSON{}, Removed: []changeJSON{}}
	for c := range changes {
		if !c.Added.Empty() {
			out.Added = append(out.Added, changeJSON{c.Source.String(), c.Destination.String(), portsByProtocol(c.Added)})
		}
		if !c.Removed.Empty() {
			out.Removed = append(out.Removed, changeJSON{c.Source.String(), c.Destination.String(), portsByProtocol(c.Removed)})
		}
	}
	return out
}
