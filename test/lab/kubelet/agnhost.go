package kubelet

import (
	"context"
	"path/filepath"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/gotool"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/kube"
)

// BuildAgnhost returns the path of agnhost, as far as probes use it, built from
// Kubernetes' own sources first if need be.
func BuildAgnhost(ctx context.Context, say func(string)) (string, error) {
	dir, err := gotool.Build(ctx, say, "agnhost-"+kube.Version, "test/lab/kubetools", "./agnhost")
	return filepath.Join(dir, "agnhost"), err
}
