package prereq

import (
	"fmt"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/atomicfile"
)

// loginCommand is the command of the exec entry that login writes.
const loginCommand = "kubectl-catalyst"

// preference is the part of kubectl's own settings that can keep it from
// running a credential plugin (kubectl.config.k8s.io/v1beta1, kubectl 1.35).
type preference struct {
	Policy    string `yaml:"credentialPluginPolicy"`
	Allowlist []struct {
		Name    string `yaml:"name"`
		Command string `yaml:"command"`
	} `yaml:"credentialPluginAllowlist"`
}

// pluginPolicy says why kubectl would not run the exec entry that login writes,
// "" when it would.
func (m machine) pluginPolicy() string {
	path := m.kuberc()
	data, err := atomicfile.ReadUpTo(path, maxMetadata)
	if err != nil {
		return "" // nobody has set a policy
	}
	for _, doc := range strings.Split(string(data), "\n---") {
		var p preference
		if yaml.Unmarshal([]byte(doc), &p) != nil {
			continue // kubectl warns about it and goes on
		}
		switch p.Policy {
		case "DenyAll":
			return fmt.Sprintf("%q forbids every credential plugin, %s included", path, loginCommand)
		case "Allowlist":
			if !m.allows(p) {
				return fmt.Sprintf("%q does not list %s among the credential plugins that kubectl may run", path, loginCommand)
			}
		}
	}
	return ""
}

// kuberc is the file of kubectl's settings, "" when they are switched off.
func (m machine) kuberc() string {
	if m.getenv("KUBECTL_KUBERC") == "false" {
		return ""
	}
	switch path := m.getenv("KUBERC"); path {
	case "off":
		return ""
	case "":
		home := m.getenv("HOME")
		if home == "" {
			home = m.getenv("USERPROFILE")
		}
		return filepath.Join(home, ".kube", "kuberc")
	default:
		return path
	}
}

// allows says whether the list names the plugin, by name or by a path where it
// is found.
func (m machine) allows(p preference) bool {
	places := map[string]bool{loginCommand: true}
	for _, path := range m.onPath(loginCommand) {
		places[path] = true
		places[real(path)] = true
	}
	for _, entry := range p.Allowlist {
		name := entry.Name == "" || places[entry.Name]
		command := entry.Command == "" || places[entry.Command]
		if entry.Name+entry.Command != "" && name && command {
			return true // what an entry sets must all fit
		}
	}
	return false
}
