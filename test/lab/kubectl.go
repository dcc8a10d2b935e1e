package lab

import (
	"context"
	"os"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/kube"
)

// KubectlVariable names a kubectl to test with in place of the one built here.
const KubectlVariable = "KUBECTL_CATALYST_TEST_KUBECTL"

// RealKubectl returns the path of a real kubectl without starting a bed. It is
// built into the test cache when it is not there yet; say is told so.
func RealKubectl(ctx context.Context, say func(string)) (string, error) {
	if path := os.Getenv(KubectlVariable); path != "" {
		return path, nil
	}
	return kube.BuildKubectl(ctx, say)
}
