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

// PrintTable writes rows below a header in the way kubectl does: capitals,
// columns padded by three spaces, "<none>" for what is empty.
func PrintTable(w io.Writer, header []string, rows [][]string) error {
	return NewTable(w, header).Print(rows)
}
