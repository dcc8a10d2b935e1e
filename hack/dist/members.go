package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/catalyst-cloud/kubectl-catalyst/hack/dist/internal/archive"
	"github.com/catalyst-cloud/kubectl-catalyst/hack/dist/internal/licence"
	"github.com/catalyst-cloud/kubectl-catalyst/hack/dist/internal/linked"
	"github.com/catalyst-cloud/kubectl-catalyst/hack/dist/internal/toolchain"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
)

// The files that say what whoever passes the program on has to keep.
const (
	licenceFile = "LICENSE"
	noticesFile = "THIRD-PARTY-NOTICES.txt"
)

// limits are how many bytes the archive of a plugin may have.
var limits = map[string]int64{plugin.Catalyst: 7.4e6, plugin.Helper: 4e6}

// members returns what goes into an archive beside the program. Windows has no man,
// and neither zsh nor fish.
func (r *release) members(ctx context.Context, pl plugin.Plugin, p plugin.Platform, program *linked.Program) ([]archive.File, error) {
	shells := map[string]string{"bash": "bash", "powershell": "ps1"}
	if p.OS != "windows" {
		shells["zsh"], shells["fish"] = "zsh", "fish"
	}
	files, err := r.completionScripts(ctx, pl, shells)
	if err != nil {
		return nil, err
	}
	if p.OS != "windows" {
		pages, err := manPages(pl)
		if err != nil {
			return nil, err
		}
		files = append(files, pages...)
	}
	own, err := os.ReadFile("LICENSE")
	if err != nil {
		return nil, err
	}
	var notices bytes.Buffer
	components := make([]licence.Component, len(program.Modules))
	for i, m := range program.Modules {
		components[i] = licence.Component{Name: m.Path, Version: m.Version, Texts: m.Texts}
	}
	if err := licence.WriteNotices(&notices, pl.Program, components); err != nil {
		return nil, err
	}
	return append(files,
		archive.File{Name: licenceFile, Mode: 0o644, Data: own},
		archive.File{Name: noticesFile, Mode: 0o644, Data: notices.Bytes()},
	), nil
}

// manPages returns those of a program, which are made from its command tree and
// kept in docs/man.
func manPages(pl plugin.Plugin) ([]archive.File, error) {
	names, err := filepath.Glob(filepath.Join("docs", "man", pl.Program+"*.1"))
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("docs/man has no page of %s", pl.Program)
	}
	var files []archive.File
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		files = append(files, archive.File{Name: "man/man1/" + filepath.Base(name), Mode: 0o644, Data: data})
	}
	return files, nil
}

// completionScripts returns a program's scripts for these shells, each with its
// extension. They are the same on every platform, so the program for this machine
// is asked.
func (r *release) completionScripts(ctx context.Context, pl plugin.Plugin, shells map[string]string) ([]archive.File, error) {
	here := filepath.Join(r.work, "here")
	program := filepath.Join(here, pl.Program)
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	if _, err := os.Stat(program); err != nil {
		if err := toolchain.Build(ctx, plugin.Platform{OS: runtime.GOOS, Arch: runtime.GOARCH}, here, "./cmd/..."); err != nil {
			return nil, err
		}
	}
	var files []archive.File
	for shell, extension := range shells {
		cmd := exec.CommandContext(ctx, program, "completion", shell)
		cmd.Stderr = r.say
		script, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("asking for the %s completion: %w", shell, err)
		}
		files = append(files, archive.File{Name: "completion/" + pl.Program + "." + extension, Mode: 0o644, Data: script})
	}
	return files, nil
}
