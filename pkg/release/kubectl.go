package release

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"time"
)

// kubectlPatience bounds a kubectl that hangs, such as one behind a slow disk.
const kubectlPatience = 5 * time.Second

// Kubectl returns the version of the kubectl in PATH; ok is false when there is
// none, or when it does not tell.
func Kubectl(ctx context.Context) (v Version, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, kubectlPatience)
	defer cancel()
	version, err := AskKubectl(exec.CommandContext(ctx, "kubectl"))
	if err != nil {
		return Version{}, false
	}
	return Parse(version)
}

// AskKubectl runs cmd, a kubectl without arguments, for the version it has, such as
// "v1.35.6".
func AskKubectl(cmd *exec.Cmd) (string, error) {
	cmd.Args = append(cmd.Args, "version", "--client", "-o", "json")
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
	return answer.ClientVersion.GitVersion, nil
}
