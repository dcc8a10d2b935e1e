// Package linked tells what is in a program: the commit and the modules it was
// built from, and the licences that go with them.
package linked

import (
	"context"
	"debug/buildinfo"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/hack/dist/internal/licence"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
)

// Program is what the Go linker recorded in one.
type Program struct {
	Path     string    // of its module
	Version  string    // of its module: a tag, or a pseudo-version
	Commit   string    // full hash
	Time     time.Time // of the commit
	Modified bool      // built from more than the commit
	Requires []string  // modules whose packages its own import
	Modules  []Module  // others that are in it, Go's own library first
}

// Module is one that is in a program.
type Module struct {
	Path     string // StandardLibrary for Go's own
	Version  string
	Texts    []licence.Text
	Licence  string   // SPDX expression
	Requires []string // modules whose packages it imports, in this program
}

// StandardLibrary is the Path of Go's own library, as databases of
// vulnerabilities call it. Its Version has no "go" in front.
const StandardLibrary = "stdlib"

// Read reads the program at file, built from the package called pkg for a
// platform. The module cache has to be as it was for the build.
func Read(ctx context.Context, file, pkg string, p plugin.Platform) (*Program, error) {
	info, err := buildinfo.ReadFile(file)
	if err != nil {
		return nil, err
	}
	program := &Program{Path: info.Main.Path, Version: info.Main.Version}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			program.Commit = s.Value
		case "vcs.modified":
			program.Modified = s.Value == "true"
		case "vcs.time":
			if program.Time, err = time.Parse(time.RFC3339, s.Value); err != nil {
				return nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
			}
		}
	}
	if program.Commit == "" || program.Time.IsZero() {
		return nil, fmt.Errorf("%s does not tell which commit it was built from", filepath.Base(file))
	}
	found, err := sources(ctx, pkg, p)
	if err != nil {
		return nil, err
	}
	if own := found[program.Path]; own != nil {
		program.Requires = own.others(program.Path)
	}
	std := Module{Path: StandardLibrary, Version: strings.TrimPrefix(strings.Fields(info.GoVersion)[0], "go")}
	wanted := []Module{std}
	for _, d := range info.Deps {
		if d.Replace != nil {
			return nil, fmt.Errorf("%s is replaced: nobody could build the release from its modules", d.Path)
		}
		wanted = append(wanted, Module{Path: d.Path, Version: d.Version})
	}
	for _, m := range wanted {
		if err := found.complete(&m); err != nil {
			return nil, err
		}
		program.Modules = append(program.Modules, m)
	}
	return program, nil
}

// complete adds what the sources of a module say.
func (s sourceSet) complete(m *Module) error {
	src, ok := s[m.Path]
	if !ok || src.version != "" && src.version != m.Version {
		return fmt.Errorf("%s %s is in the program, but not in the list of its packages", m.Path, m.Version)
	}
	var err error
	if m.Texts, err = licence.Collect(src.root, src.dirs); err != nil {
		return fmt.Errorf("reading the licences of %s: %w", m.Path, err)
	}
	if m.Licence, err = licence.Identify(m.Texts); err != nil {
		return fmt.Errorf("%s %s: %w", m.Path, m.Version, err)
	}
	m.Requires = src.others(m.Path)
	return nil
}
