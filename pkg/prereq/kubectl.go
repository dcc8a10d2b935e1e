package prereq

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"time"

	pep440 "github.com/aquasecurity/go-pep440-version"
)

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
func (m machine) kubectl(ctx context.Context, minimum string, memory Memory) Kubectl {
	k := Kubectl{Minimum: minimum}
	all := m.onPath("kubectl")
	if len(all) == 0 {
		k.Reason = "there is no kubectl on PATH"
		return k
	}
	k.Path = all[0]
	version, err := m.kubectlVersion(ctx, k.Path, memory)
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
func (m machine) kubectlVersion(ctx context.Context, path string, memory Memory) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	key := memoryKey(path, info)
	if memory != nil {
		if v, err := memory.Get(key); err == nil && len(v) > 0 {
			return string(v), nil
		}
	}
	limited, cancel := context.WithTimeout(ctx, m.patience)
	defer cancel()
	cmd := exec.CommandContext(limited, path, "version", "--client", "-o", "json")
	cmd.Dir, cmd.Env = m.dir, m.environ
	cmd.WaitDelay = time.Second
	ownGroup(cmd)
	out, err := cmd.Output()
	if err != nil {
		return "", err
	}
	var answer struct {
		ClientVersion struct {
			GitVersion string `json:"gitVersion"`
		} `json:"clientVersion"`
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		return "", fmt.Errorf("reading its answer: %w", err)
	}
	version := string(bytes.TrimPrefix([]byte(answer.ClientVersion.GitVersion), []byte("v")))
	if memory != nil && version != "" && isGoProgram(path) {
		_ = memory.Put(key, []byte(version)) // a lost note costs a question next time
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
	buffer, kept := make([]byte, 1<<20), 0
	for {
		n, err := f.Read(buffer[kept:])
		if bytes.Contains(buffer[:kept+n], []byte(goMark)) {
			return true
		}
		if err != nil {
			return false
		}
		end := buffer[:kept+n]
		kept = copy(buffer, end[max(0, len(end)-len(goMark)+1):]) // the mark may lie across
	}
}
