package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
)

// environment writes a clouds.yaml into a private folder and returns what points
// programs to the bed, as KEY=value: OS_CLIENT_CONFIG_FILE, OS_CLOUD and, with
// Kubernetes, KUBECTL, the path of a kubectl. forget removes the folder.
func environment(bed *lab.Lab) (env []string, forget func(), err error) {
	dir, err := os.MkdirTemp("", "catalyst-lab-clouds-")
	if err != nil {
		return nil, nil, fmt.Errorf("making a folder for clouds.yaml: %w", err)
	}
	forget = func() { _ = os.RemoveAll(dir) }
	clouds := filepath.Join(dir, "clouds.yaml")
	if err := os.WriteFile(clouds, bed.CloudsYAML(), 0o600); err != nil {
		forget()
		return nil, nil, err
	}
	env = []string{"OS_CLIENT_CONFIG_FILE=" + clouds, "OS_CLOUD=alice"}
	if kubectl := bed.Kubectl(); kubectl != "" {
		env = append(env, "KUBECTL="+kubectl)
	}
	return env, forget, nil
}
