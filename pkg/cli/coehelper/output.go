package coehelper

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"
)

// format is the value of -o.
type format struct {
	value   string
	choices []string
}

func (f *format) bind(c *cobra.Command, choices ...string) {
	f.choices = choices
	c.Flags().StringVarP(&f.value, "output", "o", choices[0], "output format: "+strings.Join(choices, ", "))
	_ = c.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(choices, cobra.ShellCompDirectiveNoFileComp))
}

func (f *format) validate(c *cobra.Command) error {
	if slices.Contains(f.choices, f.value) {
		return nil
	}
	return usage(c, "-o takes %s, not %q", strings.Join(f.choices, ", "), f.value)
}

// print writes v as JSON or YAML, or calls text for the first format.
func (f *format) print(w io.Writer, v any, text func(io.Writer) error) error {
	var data []byte
	var err error
	switch f.value {
	case "json":
		data, err = json.MarshalIndent(v, "", "  ")
		data = append(data, '\n')
	case "yaml":
		data, err = yaml.Marshal(v)
	default:
		return text(w)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", f.value, err)
	}
	_, err = w.Write(data)
	return err
}
