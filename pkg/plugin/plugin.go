// Package plugin tells what the two programs are: names, descriptions and
// minimum versions from plugins.yaml, and the build from the binary itself.
package plugin

import (
	"fmt"

	"sigs.k8s.io/yaml"

	catalyst "github.com/catalyst-cloud/kubectl-catalyst"
)

// Names of the two entries in plugins.yaml.
const (
	Catalyst = "catalyst"
	Helper   = "openstack-coe-helper"
)

// Catalog is the content of plugins.yaml.
type Catalog struct {
	Homepage  string     `json:"homepage"`
	Minimum   Minimum    `json:"minimum"`
	Platforms []Platform `json:"platforms"`
	Plugins   []Plugin   `json:"plugins"`
}

// Minimum is what the programs expect to find on a machine.
type Minimum struct {
	PythonMagnumclient string `json:"pythonMagnumclient"` // PEP 440
	Kubectl            string `json:"kubectl"`            // three numbers, no leading v
}

// Platform is an operating system and an architecture, in Go's names.
type Platform struct {
	OS   string `json:"os"`
	Arch string `json:"arch"`
}

// Plugin is one of the two programs.
type Plugin struct {
	Name             string `json:"name"`    // what krew calls it
	Program          string `json:"program"` // the binary's name, without .exe
	ShortDescription string `json:"shortDescription"`
	Description      string `json:"description"`
	Caveats          string `json:"caveats,omitempty"`
}

// Load reads the embedded plugins.yaml. It refuses fields it does not know.
func Load() (Catalog, error) {
	var c Catalog
	if err := yaml.UnmarshalStrict([]byte(catalyst.PluginsYAML()), &c); err != nil {
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
