// Package formula writes what Homebrew (macOS, Linux) and Scoop (Windows) install a
// release with. Their rules: https://docs.brew.sh/Formula-Cookbook and
// https://github.com/ScoopInstaller/Scoop/wiki/App-Manifests.
package formula

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/template"

	"github.com/catalyst-cloud/kubectl-catalyst/hack/dist/internal/krew"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
)

// Release is what both describe.
type Release struct {
	Catalog plugin.Catalog
	Plugin  plugin.Plugin
	Version string            // as a tag has it
	Sums    map[string]string // SHA-256 in hex by the name of the archive
}

// Archive is where the archive of a platform is, and its SHA-256 in hex.
type Archive struct{ URL, SHA256 string }

// archive returns that of a platform; nil when there is none.
func (r *Release) archive(system, arch string) *Archive {
	name := krew.ArchiveName(r.Plugin.Program, r.Version, plugin.Platform{OS: system, Arch: arch})
	sum, ok := r.Sums[name]
	if !ok {
		return nil
	}
	return &Archive{URL: krew.ArchiveURL(r.Catalog, r.Version, name), SHA256: sum}
}

// number is the version without the v of the tag.
func (r *Release) number() string { return strings.TrimPrefix(r.Version, "v") }

var homebrew = template.Must(template.New("formula").Parse(`# Made with the release {{.Version}}.
class {{.Class}} < Formula
  desc "{{.Description}}"
  homepage "{{.Homepage}}"
  version "{{.Version}}"
  license "Apache-2.0"
{{range .Systems}}
  {{.Block}} do
{{- range .Archives}}
    {{.Block}} do
      url "{{.URL}}"
      sha256 "{{.SHA256}}"
    end
{{- end}}
  end
{{end}}
  def install
    bin.install "{{.Program}}"
    man1.install Dir["man/man1/*.1"]
    bash_completion.install "completion/{{.Program}}.bash" => "{{.Program}}"
    zsh_completion.install "completion/{{.Program}}.zsh" => "_{{.Program}}"
    fish_completion.install "completion/{{.Program}}.fish"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/{{.Program}} version")
  end
end
`))

type brewSystem struct {
	Block    string
	Archives []brewArchive
}

type brewArchive struct {
	Block string
	Archive
}

// HomebrewName returns how Homebrew wants the file to be called.
func (r *Release) HomebrewName() string { return r.Plugin.Program + ".rb" }

// Homebrew returns the formula, "" when there is no archive for its systems.
func (r *Release) Homebrew() (string, error) {
	var systems []brewSystem
	for _, system := range []struct{ name, block string }{{"darwin", "on_macos"}, {"linux", "on_linux"}} {
		s := brewSystem{Block: system.block}
		for _, arch := range []struct{ name, block string }{{"arm64", "on_arm"}, {"amd64", "on_intel"}} {
			if a := r.archive(system.name, arch.name); a != nil {
				s.Archives = append(s.Archives, brewArchive{arch.block, *a})
			}
		}
		if len(s.Archives) > 0 {
			systems = append(systems, s)
		}
	}
	if len(systems) == 0 {
		return "", nil
	}
	class := ""
	for part := range strings.SplitSeq(r.Plugin.Program, "-") {
		class += strings.ToUpper(part[:1]) + part[1:]
	}
	var b strings.Builder
	err := homebrew.Execute(&b, map[string]any{
		"Class": class, "Description": r.Plugin.ShortDescription, "Homepage": r.Catalog.Homepage,
		"Version": r.number(), "Systems": systems, "Program": r.Plugin.Program,
	})
	return b.String(), err
}

type scoop struct {
	Version      string                  `json:"version"`
	Description  string                  `json:"description"`
	Homepage     string                  `json:"homepage"`
	License      string                  `json:"license"`
	Architecture map[string]scoopArchive `json:"architecture"`
	Bin          string                  `json:"bin"`
}

type scoopArchive struct {
	URL  string `json:"url"`
	Hash string `json:"hash"`
}

// ScoopName returns how Scoop wants the file to be called.
func (r *Release) ScoopName() string { return r.Plugin.Program + ".json" }

// Scoop returns the manifest, "" when there is no archive for Windows.
func (r *Release) Scoop() (string, error) {
	m := scoop{
		Version: r.number(), Description: r.Plugin.ShortDescription, Homepage: r.Catalog.Homepage, License: "Apache-2.0",
		Architecture: map[string]scoopArchive{}, Bin: r.Plugin.Program + ".exe",
	}
	for arch, called := range map[string]string{"amd64": "64bit", "arm64": "arm64"} {
		if a := r.archive("windows", arch); a != nil {
			m.Architecture[called] = scoopArchive{a.URL, a.SHA256}
		}
	}
	if len(m.Architecture) == 0 {
		return "", nil
	}
	text, err := json.MarshalIndent(m, "", "    ")
	if err != nil {
		return "", fmt.Errorf("encoding the manifest of %q: %w", r.Plugin.Name, err)
	}
	return string(text) + "\n", nil
}
