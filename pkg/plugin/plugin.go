// Package plugin describes the two programs: names, descriptions and
// minimum versions from plugins.yaml, and the build from the binary itself.
package plugin

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	catalyst "github.com/catalyst-cloud/kubectl-catalyst"
)

// Names of the two entries in plugins.yaml.
const (
	Catalyst = "catalyst"
	Helper   = "openstack-coe-helper"
)

// Catalog is the content of plugins.yaml.
type Catalog struct {
	Homepage  string     `json:"homepage" yaml:"homepage"`
	Minimum   Minimum    `json:"minimum" yaml:"minimum"`
	Platforms []Platform `json:"platforms" yaml:"platforms"`
	Plugins   []Plugin   `json:"plugins" yaml:"plugins"`
}

// Minimum is what the programs expect to find on a machine.
type Minimum struct {
	PythonMagnumclient string `json:"pythonMagnumclient" yaml:"pythonMagnumclient"` // PEP 440
	Kubectl            string `json:"kubectl" yaml:"kubectl"`                       // three numbers, no leading v
}

// Platform is an operating system and an architecture, in Go's names.
type Platform struct {
	OS   string `json:"os" yaml:"os"`
	Arch string `json:"arch" yaml:"arch"`
}

// Plugin is one of the two programs.
type Plugin struct {
	Name             string `json:"name" yaml:"name"`       // what krew calls it
	Program          string `json:"program" yaml:"program"` // the binary's name, without .exe
	ShortDescription string `json:"shortDescription" yaml:"shortDescription"`
	Description      string `json:"description" yaml:"description"`
	Caveats          string `json:"caveats,omitempty" yaml:"caveats,omitempty"`
}

// Load reads the embedded plugins.yaml. It refuses fields it does not know.
func Load() (Catalog, error) {
	var c Catalog
	decoder := yaml.NewDecoder(strings.NewReader(catalyst.PluginsYAML()))
	decoder.KnownFields(true)
	if err := decoder.Decode(&c); err != nil {
		return Catalog{}, fmt.Errorf("reading plugins.yaml: %w", err)
	}
	return c, nil
}

// Find returns the entry called name.
func (c Catalog) Find(name string) (Plugin, error) {
	for _, p := range c.Plugins {
		if p.Name == name {
			return p, nil
		}
	}
	return Plugin{}, fmt.Errorf("plugins.yaml has no entry %q", name)
}
