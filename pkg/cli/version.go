package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
)

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

// versionReport is what `version -o json` prints: the build, which program of
// the pair this is, and all of plugins.yaml.
type versionReport struct {
	Version
	Plugin plugin.Plugin `json:"plugin"`
	plugin.Catalog
}

// NewVersion returns the version command of the program that plugins.yaml calls
// name and that people call so: "kubectl catalyst".
func NewVersion(env Env, name, called string) *cobra.Command {
	out := Output("table", "json", "yaml")
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print which version this is",
		Long: `Print the version of this program and, with -o json or yaml, the commit it was
built from, what belongs to it, and what it expects to find on a machine.`,
		Example: fmt.Sprintf("  %[1]s version\n  %[1]s version -o yaml", called),
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return printVersion(env, out, name)
		},
	}
	out.Bind(cmd.Flags())
	return cmd
}

func printVersion(env Env, out *OutputFlag, name string) error {
	v := BuildVersion()
	if out.Value == "table" { // also where plugins.yaml cannot be read
		_, err := fmt.Fprintf(env.Out, "%s (%s, %s)\n", v.Version, v.GoVersion, v.Platform)
		return err
	}
	catalog, err := plugin.Load()
	if err != nil {
		return err
	}
	own, err := catalog.Find(name)
	if err != nil {
		return err
	}
	return out.Print(env.Out, versionReport{v, own, catalog}, nil)
}
