// Package krew writes what krew needs to install a plugin: the manifest of a
// release, and the template from which krew-release-bot makes one.
//
// Its rules: https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/ and
// https://github.com/rajatjindal/krew-release-bot.
package krew

import (
	"fmt"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/catalyst-cloud/kubectl-catalyst/hack/dist/internal/archive"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
)

// tag is what the bot puts the version in for.
const tag = "{{ .TagName }}"

// origin is the first line of all that is made here.
const origin = "# Made from plugins.yaml by 'go run ./hack/dist -templates': edit that.\n"

type manifest struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Metadata   metadata `json:"metadata"`
	Spec       spec     `json:"spec"`
}

type metadata struct {
	Name string `json:"name"`
}

type spec struct {
	Version          string     `json:"version"`
	Homepage         string     `json:"homepage"`
	ShortDescription string     `json:"shortDescription"`
	Description      string     `json:"description"`
	Caveats          string     `json:"caveats,omitempty"`
	Platforms        []platform `json:"platforms"`
}

type platform struct {
	Selector selector `json:"selector"`
	URI      string   `json:"uri"`
	SHA256   string   `json:"sha256"`
	Bin      string   `json:"bin"`
}

type selector struct {
	MatchLabels plugin.Platform `json:"matchLabels"`
}

// ArchiveName returns the name of a release's archive.
func ArchiveName(program, version string, p plugin.Platform) string {
	return program + "_" + version + "_" + p.OS + "_" + p.Arch + archive.Extension(p.OS)
}

// ArchiveURL returns where a release has the archive called name.
func ArchiveURL(c plugin.Catalog, version, name string) string {
	return strings.TrimSuffix(c.Homepage, "/") + "/releases/download/" + version + "/" + name
}

// FileName returns how krew wants the manifest of a plugin to be called.
func FileName(p plugin.Plugin) string { return p.Name + ".yaml" }

// TemplateName returns the name of the template in the root of the project. The
// bot looks for the first one without being told.
func TemplateName(p plugin.Plugin) string {
	if p.Name == plugin.Catalyst {
		return ".krew.yaml"
	}
	return ".krew-" + p.Name + ".yaml"
}

// Manifest returns the manifest of a release. sums has the SHA-256 in hex of the
// archive of each platform by ArchiveName; platforms without one are left out.
func Manifest(c plugin.Catalog, p plugin.Plugin, version string, sums map[string]string) ([]byte, error) {
	var platforms []platform
	for _, at := range c.Platforms {
		if sum, ok := sums[ArchiveName(p.Program, version, at)]; ok {
			platforms = append(platforms, newPlatform(c, p, version, at, sum))
		}
	}
	if len(platforms) == 0 {
		return nil, fmt.Errorf("there is no archive of %q %s", p.Name, version)
	}
	text, err := render(c, p, version, platforms)
	if err != nil {
		return nil, err
	}
	for _, at := range platforms { // quoted, so that no sum can be read as a number
		text = strings.ReplaceAll(text, "sha256: "+at.SHA256+"\n", "sha256: \""+at.SHA256+"\"\n")
	}
	return []byte(text), nil
}

// Template returns the manifest with a gap for the version and, in place of
// address and sum of an archive, the call that makes the bot fill them in.
func Template(c plugin.Catalog, p plugin.Plugin) ([]byte, error) {
	var platforms []platform
	for i, at := range c.Platforms {
		platforms = append(platforms, newPlatform(c, p, tag, at, fmt.Sprintf("sum-%d", i)))
	}
	addresses := make([]string, len(platforms))
	for i := range platforms {
		addresses[i] = platforms[i].URI
		platforms[i].URI = fmt.Sprintf("uri-%d", i)
	}
	text, err := render(c, p, tag, platforms)
	if err != nil {
		return nil, err
	}
	for i, address := range addresses {
		pair := fmt.Sprintf("    sha256: sum-%d\n    uri: uri-%d\n", i, i)
		if !strings.Contains(text, pair) {
			return nil, fmt.Errorf("there is no place for the archive of %q for %v", p.Name, c.Platforms[i])
		}
		text = strings.Replace(text, pair, fmt.Sprintf("    {{addURIAndSha %q .TagName }}\n", address), 1)
	}
	return []byte(origin + text), nil
}

func newPlatform(c plugin.Catalog, p plugin.Plugin, version string, at plugin.Platform, sum string) platform {
	name := ArchiveName(p.Program, version, at)
	bin := p.Program
	if at.OS == "windows" {
		bin += ".exe"
	}
	return platform{
		Selector: selector{MatchLabels: at}, Bin: bin, SHA256: sum,
		URI: ArchiveURL(c, version, name),
	}
}

func render(c plugin.Catalog, p plugin.Plugin, version string, platforms []platform) (string, error) {
	text, err := yaml.Marshal(manifest{
		APIVersion: "krew.googlecontainertools.github.com/v1alpha2", Kind: "Plugin",
		Metadata: metadata{Name: p.Name},
		Spec: spec{
			Version: version, Homepage: c.Homepage, ShortDescription: p.ShortDescription,
			Description: p.Description, Caveats: p.Caveats, Platforms: platforms,
		},
	})
	if err != nil {
		return "", fmt.Errorf("encoding the manifest of %q: %w", p.Name, err)
	}
	return string(text), nil
}
