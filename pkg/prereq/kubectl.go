package prereq

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	pep440 "github.com/aquasecurity/go-pep440-version"
	"go.yaml.in/yaml/v3"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/atomicfile"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/release"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/store"
)

// Cache stores small facts between runs. pkg/store has one.
type Cache interface {
	Get(key string) ([]byte, error)
	Set(key string, data []byte) error
}

// Kubectl is the kubectl on PATH, and whether it accepts what login writes.
type Kubectl struct {
	Path    string `json:"path"`
	Version string `json:"version"` // without the leading v; "" when it could not be told
	Minimum string `json:"minimum"`
	OK      bool   `json:"ok"`
	Reason  string `json:"reason,omitempty"` // why not
}

// kubectl looks for the first kubectl and asks it for its version, or remembers
// what that very file answered last time.
func (m machine) kubectl(ctx context.Context, minimum string, cache Cache) Kubectl {
	k := Kubectl{Minimum: minimum}
	all := m.onPath("kubectl")
	if len(all) == 0 {
		k.Reason = "there is no kubectl on PATH"
		return k
	}
	k.Path = all[0]
	version, err := m.kubectlVersion(ctx, k.Path, cache)
	if err != nil {
		k.Reason = fmt.Sprintf("%q does not tell its version: %v", k.Path, err)
		return k
	}
	k.Version = version
	have, err := pep440.Parse(numbers(version))
	want, wantErr := pep440.Parse(minimum)
	switch {
	case err != nil || wantErr != nil:
		k.Reason = fmt.Sprintf("the version %q of %q cannot be compared", version, k.Path)
	case have.LessThan(want):
		k.Reason = fmt.Sprintf("kubectl %s is older than %s and refuses the exec entry that login writes", version, minimum)
	default:
		if !have.LessThan(pep440.MustParse(policyKubectl)) {
			k.Reason = m.pluginPolicy()
		}
		k.OK = k.Reason == ""
	}
	return k
}

func (k Kubectl) advice() []string {
	if k.OK {
		return nil
	}
	return []string{k.Reason}
}

// policyKubectl is the first release that heeds a policy on credential plugins.
const policyKubectl = "1.35.0"

var leadingNumbers = regexp.MustCompile(`^\d+\.\d+\.\d+`)

// numbers drops what vendors append: "1.32.4-dispatcher", "1.30.1-eks-1234".
func numbers(version string) string {
	if n := leadingNumbers.FindString(version); n != "" {
		return n
	}
	return version
}

// kubectlVersion asks the program at path, unless that very file (same place,
// size and time) was asked before. A script, such as a version manager's shim,
// may answer differently next time and is always asked.
func (m machine) kubectlVersion(ctx context.Context, path string, cache Cache) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	key := versionKey(path, info)
	if cache != nil {
		if v, err := cache.Get(key); err == nil && len(v) > 0 {
			return string(v), nil
		}
	}
	limited, cancel := context.WithTimeout(ctx, m.patience)
	defer cancel()
	cmd := exec.CommandContext(limited, path)
	cmd.Dir, cmd.Env = m.dir, m.environ
	cmd.WaitDelay = time.Second
	ownGroup(cmd)
	answer, err := release.AskKubectl(cmd)
	if err != nil {
		return "", err
	}
	version := strings.TrimPrefix(answer, "v")
	if cache != nil && version != "" && isGoProgram(path) {
		_ = cache.Set(key, []byte(version)) // a lost note costs a question next time
	}
	return version, nil
}

// goMark stands in every program that Go's linker made, before what
// debug/buildinfo reads. That package would link readers of five kinds of
// programs, and of how they are compressed, for a yes or no.
const goMark = "\xff Go buildinf:"

func isGoProgram(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	buffer, overlap := make([]byte, 1<<20), 0
	for {
		n, err := f.Read(buffer[overlap:])
		if bytes.Contains(buffer[:overlap+n], []byte(goMark)) {
			return true
		}
		if err != nil {
			return false
		}
		end := buffer[:overlap+n]
		overlap = copy(buffer, end[max(0, len(end)-len(goMark)+1):]) // the mark may lie across
	}
}

// versionKey names a file as it is now: replaced or touched, it has another key.
func versionKey(path string, info fs.FileInfo) string {
	return store.Key("kubectl-version", path,
		strconv.FormatInt(info.Size(), 10), strconv.FormatInt(info.ModTime().UnixNano(), 10))
}

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

// pluginPolicy returns why kubectl would not run the exec entry that login writes,
// "" when it would.
func (m machine) pluginPolicy() string {
	path := m.kuberc()
	data, err := atomicfile.ReadUpTo(path, maxFile)
	if err != nil {
		return "" // nobody has set a policy
	}
	for _, doc := range strings.Split(string(data), "\n---") {
		var p preference
		if yaml.Unmarshal([]byte(doc), &p) != nil {
			continue // kubectl warns about it and continues
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

// allows reports whether the list names the plugin, by name or by a path where it
// is found.
func (m machine) allows(p preference) bool {
	places := map[string]bool{loginCommand: true}
	for _, path := range m.onPath(loginCommand) {
		places[path] = true
		places[resolveLinks(path)] = true
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
