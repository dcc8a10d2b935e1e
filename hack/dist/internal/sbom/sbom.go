// Package sbom writes what a program consists of as CycloneDX 1.6 JSON, see
// https://cyclonedx.org/docs/1.6/json/. The same program gives the same bytes.
package sbom

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/hack/dist/internal/linked"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
)

type document struct {
	Schema       string       `json:"$schema"`
	Format       string       `json:"bomFormat"`
	SpecVersion  string       `json:"specVersion"`
	SerialNumber string       `json:"serialNumber"`
	Version      int          `json:"version"`
	Metadata     metadata     `json:"metadata"`
	Components   []component  `json:"components"`
	Dependencies []dependency `json:"dependencies"`
}

type metadata struct {
	Timestamp string    `json:"timestamp"`
	Component component `json:"component"`
}

type component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version"`
	Hashes     []hash     `json:"hashes,omitempty"`
	Licences   []license  `json:"licenses"`
	PURL       string     `json:"purl"`
	Properties []property `json:"properties,omitempty"`
}

type hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type license struct {
	Expression string `json:"expression"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type dependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn,omitempty"`
}

// Make describes the program called name with the given content, that was built
// for a platform. Its own licence is Apache-2.0.
func Make(name string, content []byte, p plugin.Platform, program *linked.Program) ([]byte, error) {
	sum := sha256.Sum256(content)
	refs := map[string]string{program.Path: purl(program.Path, program.Version)}
	for _, m := range program.Modules {
		refs[m.Path] = purl(m.Path, m.Version)
	}
	d := document{
		Schema: "http://cyclonedx.org/schema/bom-1.6.schema.json", Format: "CycloneDX", SpecVersion: "1.6",
		SerialNumber: serial(sum), Version: 1,
		Metadata: metadata{
			Timestamp: program.Time.UTC().Format(time.RFC3339),
			Component: component{
				Type: "application", Ref: refs[program.Path], Name: name, Version: program.Version,
				Hashes:   []hash{{"SHA-256", hex.EncodeToString(sum[:])}},
				Licences: []license{{"Apache-2.0"}}, PURL: refs[program.Path],
				Properties: []property{{"build:GOOS", p.OS}, {"build:GOARCH", p.Arch}, {"build:vcs.revision", program.Commit}},
			},
		},
		Components:   []component{},
		Dependencies: []dependency{{refs[program.Path], lookup(refs, program.Requires)}},
	}
	for _, m := range program.Modules {
		d.Components = append(d.Components, component{
			Type: "library", Ref: refs[m.Path], Name: m.Path, Version: m.Version,
			Licences: []license{{m.Licence}}, PURL: refs[m.Path],
		})
		d.Dependencies = append(d.Dependencies, dependency{refs[m.Path], lookup(refs, m.Requires)})
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(d); err != nil {
		return nil, fmt.Errorf("encoding the SBOM of %s: %w", name, err)
	}
	return b.Bytes(), nil
}

// lookup leaves out modules that are imported, but of which nothing is linked.
func lookup(refs map[string]string, paths []string) (found []string) {
	for _, p := range paths {
		if ref, ok := refs[p]; ok {
			found = append(found, ref)
		}
	}
	return found
}

// purl is the name of a module everywhere, https://github.com/package-url/purl-spec.
func purl(path, version string) string {
	return "pkg:golang/" + strings.ToLower(path) + "@" + strings.ReplaceAll(version, "+", "%2B")
}

// serial makes a UUID out of the program: of version 8, for those made in ways
// of one's own, RFC 9562.
func serial(sum [sha256.Size]byte) string {
	u := sum[:16]
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}
