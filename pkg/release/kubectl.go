package release

import (
	"context"
	"encoding/json"
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
	out, err := exec.CommandContext(ctx, "kubectl", "version", "--client", "-o", "json").Output()
	if err != nil {
		return Version{}, false
	}
	var answer struct {
		ClientVersion struct {
			GitVersion string `json:"gitVersion"`
		} `json:"clientVersion"`
	}
	if json.Unmarshal(out, &answer) != nil {
		return Version{}, false
	}
	return Parse(answer.ClientVersion.GitVersion)
}
