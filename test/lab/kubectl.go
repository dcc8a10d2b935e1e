package lab

import (
	"context"
	"os"
	"path/filepath"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/kube"
)

// KubectlVariable names a kubectl to test with in place of the one built here.
const KubectlVariable = "KUBECTL_CATALYST_TEST_KUBECTL"

// RealKubectl returns the path of a real kubectl without starting a bed. Call
// RequireKubectl before.
func RealKubectl(ctx context.Context) (string, error) {
	if path := os.Getenv(KubectlVariable); path != "" {
		return path, nil
	}
	dir, err := kube.Kubectl().Find(ctx)
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, kube.KubectlName()), nil
}

// RequireKubectl ends the test when there is no real kubectl: skipped with the
// reason, and failed where CI=true says that nothing may be left out.
func RequireKubectl(t debian.T) {
	t.Helper()
	_, err := RealKubectl(context.Background())
	debian.Require(t, "real kubectl", err)
}
