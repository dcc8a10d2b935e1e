package cli

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/pflag"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeyaml"
)

// OutputFlag is the -o flag of a command.
type OutputFlag struct{ Choice }

// Output returns an -o flag with the formats a command knows, the first being
// the default.
func Output(formats ...string) *OutputFlag {
	return &OutputFlag{Choice{Value: formats[0], Allowed: formats}}
}

// Bind adds the flag.
func (o *OutputFlag) Bind(fs *pflag.FlagSet) {
	fs.VarP(&o.Choice, "output", "o", "output format")
}

// IsTable reports whether a table was chosen, narrow or wide.
func (o *OutputFlag) IsTable() bool { return o.Value == "table" || o.Value == "wide" }

// Formats are formats of a result beside those that all results have.
type Formats map[string]func(io.Writer) error

// Print writes a result in the chosen format: as JSON or YAML with the field names
// of its json tags, or as the command's own formats say.
func (o *OutputFlag) Print(w io.Writer, object any, own Formats) error {
	if write, ok := own[o.Value]; ok {
		return write(w)
	}
	if o.Value != "json" && o.Value != "yaml" {
		return fmt.Errorf("the output format %q is offered, but not made", o.Value)
	}
	return PrintObject(w, o.Value, object)
}

// Rows are the formats of a result that is made of rows: a table, which -o wide
// makes wider, or a name in each line.
func Rows[T any](rows []T, name func(T) string, columns ...Column[T]) Formats {
	return Formats{
		"table": func(w io.Writer) error { return NewTable(w, false, columns...).Print(rows...) },
		"wide":  func(w io.Writer) error { return NewTable(w, true, columns...).Print(rows...) },
		"name": func(w io.Writer) error {
			for _, row := range rows {
				if _, err := fmt.Fprintln(w, name(row)); err != nil {
					return fmt.Errorf("writing the result: %w", err)
				}
			}
			return nil
		},
	}
}

// PrintObject writes v as JSON or YAML with the field names of its json tags.
func PrintObject(w io.Writer, format string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the result: %w", err)
	}
	data = append(data, '\n')
	if format == "yaml" {
		if data, err = kubeyaml.FromJSON(data); err != nil {
			return fmt.Errorf("encoding the result: %w", err)
		}
	}
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}
