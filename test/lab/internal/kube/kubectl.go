package kube

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/cache"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/gotool"
)

// BuildKubectl returns the path of the real kubectl alone, for tests that need
// no API server: a minute to build on a fresh machine.
func BuildKubectl(ctx context.Context, say func(string)) (string, error) {
	dir, err := gotool.Folder(ctx, kubetools)
	if err != nil {
		return "", err
	}
	sums, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	if err != nil {
		return "", fmt.Errorf("reading the sources of the test tools: %w", err)
	}
	key := cache.Key([]byte(ldflags()), []byte(runtime.Version()), sums)
	made, err := cache.Make(ctx, "kubectl-"+Version+"-"+key, func(to string) error {
		say("building kubectl " + Version + " into the test cache (once, about a minute)")
		_, err := gotool.Run(ctx, dir, "build", "-ldflags", ldflags(), "-o", to+"/", "k8s.io/kubernetes/cmd/kubectl")
		return err
	})
	return filepath.Join(made, "kubectl"), err
}
