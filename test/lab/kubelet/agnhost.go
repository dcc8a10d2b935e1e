package kubelet

import (
	"context"
	"path/filepath"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/kube"
)

// FindAgnhost returns the path of agnhost, built from Kubernetes' own sources, as
// far as probes use it. It must have been prepared.
func FindAgnhost(ctx context.Context) (string, error) {
	dir, err := kube.Agnhost().Find(ctx)
	return filepath.Join(dir, "agnhost"), err
}
