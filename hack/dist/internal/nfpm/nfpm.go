// Package nfpm makes packages for Linux systems (deb, rpm, apk) with nfpm, which
// hack/dist/tools pins. Its configuration: https://nfpm.goreleaser.com/docs/configuration/.
package nfpm

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/catalyst-cloud/kubectl-catalyst/hack/dist/internal/archive"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
)

// formats are the kinds of packages, each with the folder where its systems look for
// zsh's completions.
var formats = map[string]string{
	"deb": "/usr/share/zsh/vendor-completions/",
	"rpm": "/usr/share/zsh/site-functions/",
	"apk": "/usr/share/zsh/site-functions/",
}

// Package is what is packed for one system.
type Package struct {
	Homepage string
	Plugin   plugin.Plugin
	Arch     string // as Go calls it
	Version  string // of the release, as a tag has it
	Time     time.Time
	Members  []archive.File // of the archive: program, man/, completion/, licences
}

// kubectlHook is the program that kubectl asks for the plugin's completions; see
// https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/. Elsewhere
// `kubectl catalyst completion install` writes one.
var kubectlHook = archive.File{
	Name: "kubectl_complete-catalyst", Mode: 0o755,
	Data: []byte("#!/bin/sh\nexec kubectl-catalyst __complete \"$@\" 2>/dev/null\n"),
}

type config struct {
	Name        string    `json:"name"`
	Arch        string    `json:"arch"`
	Platform    string    `json:"platform"`
	Version     string    `json:"version"`
	Section     string    `json:"section"`
	Maintainer  string    `json:"maintainer"`
	Description string    `json:"description"`
	Homepage    string    `json:"homepage"`
	License     string    `json:"license"`
	MTime       time.Time `json:"mtime"`
	Contents    []content `json:"contents"`
	RPM         rpm       `json:"rpm"`
}

type rpm struct {
	BuildHost string `json:"buildhost"` // else the name of this machine
	Summary   string `json:"summary"`
}

type content struct {
	Source string   `json:"src"`
	To     string   `json:"dst"`
	Info   fileInfo `json:"file_info"`
}

type fileInfo struct {
	Mode  int       `json:"mode"`
	MTime time.Time `json:"mtime"`
}

// Make writes the packages of every format into the folder to. work is a folder for
// what they are made of.
func (p *Package) Make(ctx context.Context, work, to string) error {
	to, err := filepath.Abs(to)
	if err != nil {
		return err
	}
	for format := range formats {
		stage := filepath.Join(work, p.Plugin.Program+"-"+p.Arch+"-"+format)
		c, err := p.stage(stage, format)
		if err != nil {
			return err
		}
		text, err := yaml.Marshal(c)
		if err != nil {
			return err
		}
		file := filepath.Join(stage, "nfpm.yaml")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			return err
		}
		cmd := exec.CommandContext(ctx, "go", "-C", filepath.Join("hack", "dist", "tools"), "tool", "nfpm", "package", "--config", file, "--packager", format, "--target", to)
		cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("nfpm, for %s: %w\n%s", format, err, out)
		}
	}
	return nil
}

// stage writes the files of a package below dir and says where each goes.
func (p *Package) stage(dir, format string) (*config, error) {
	arch := p.Arch
	if arch == "arm" {
		arch = "arm6" // what toolchain.Build asks for
	}
	c := &config{
		Name: p.Plugin.Program, Arch: arch, Platform: "linux", Version: p.Version, Section: "net",
		Maintainer: "The maintainers of kubectl-catalyst <catalyst-cloud@users.noreply.github.com>", Description: p.Plugin.ShortDescription + "\n" + p.Plugin.Description,
		Homepage: p.Homepage, License: "Apache-2.0", MTime: p.Time.UTC(),
		RPM: rpm{BuildHost: "localhost", Summary: p.Plugin.ShortDescription},
	}
	members := p.Members
	if p.Plugin.Name == plugin.Catalyst {
		members = append(slices.Clip(members), kubectlHook)
	}
	for _, m := range members {
		to, data := p.place(m, formats[format])
		if to == "" {
			continue
		}
		source := filepath.Join(dir, filepath.FromSlash(to))
		if err := os.MkdirAll(filepath.Dir(source), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(source, data, 0o600); err != nil {
			return nil, err
		}
		c.Contents = append(c.Contents, content{source, to, fileInfo{int(m.Mode), p.Time.UTC()}})
	}
	return c, nil
}

// place returns where a member of the archive goes, "" for nowhere, and what it is
// there: man pages are compressed.
func (p *Package) place(m archive.File, zsh string) (to string, data []byte) {
	program := p.Plugin.Program
	switch m.Name {
	case program, kubectlHook.Name:
		return "/usr/bin/" + m.Name, m.Data
	case "LICENSE":
		return "/usr/share/doc/" + program + "/copyright", m.Data
	case "completion/" + program + ".bash":
		return "/usr/share/bash-completion/completions/" + program, m.Data
	case "completion/" + program + ".zsh":
		return zsh + "_" + program, m.Data
	case "completion/" + program + ".fish":
		return "/usr/share/fish/vendor_completions.d/" + program + ".fish", m.Data
	}
	if page, ok := strings.CutPrefix(m.Name, "man/"); ok {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = w.Write(m.Data) // a buffer takes all
		_ = w.Close()
		return "/usr/share/man/" + page + ".gz", b.Bytes()
	}
	if !strings.Contains(m.Name, "/") {
		return "/usr/share/doc/" + program + "/" + m.Name, m.Data
	}
	return "", nil
}
