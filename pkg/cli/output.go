package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/pflag"
	"sigs.k8s.io/yaml"
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
		if data, err = yaml.JSONToYAML(data); err != nil {
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

// Version is what a program was built from.
type Version struct {
	Version   string `json:"version"`
	Commit    string `json:"commit,omitempty"`
	Date      string `json:"date,omitempty"` // of the commit, RFC 3339
	GoVersion string `json:"goVersion"`
	Platform  string `json:"platform"`
}

// BuildVersion reads the version from what the Go linker recorded.
func BuildVersion() Version {
	v := Version{Version: "(devel)", GoVersion: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value
		case "vcs.time":
			v.Date = s.Value
		}
	}
	return v
}

// PrintVersion writes the version of the running program.
func PrintVersion(env Env, format string) error {
	v := BuildVersion()
	if format == "table" {
		_, err := fmt.Fprintf(env.Out, "%s (%s, %s)\n", v.Version, v.GoVersion, v.Platform)
		return err
	}
	return PrintObject(env.Out, format, v)
}
