// Package catalyst is the root of the module. It holds plugins.yaml, which says
// what the two programs are, where go:embed can reach it; pkg/plugin reads it.
package catalyst

import _ "embed"

//go:embed plugins.yaml
var plugins string

// PluginsYAML returns the text of plugins.yaml.
func PluginsYAML() string { return plugins }
