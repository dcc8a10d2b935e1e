package hostile

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
)

var realKubectl = sync.OnceValues(func() (string, error) {
	return lab.RealKubectl(context.Background())
})

// kubectl runs the real kubectl, which starts the credential plugin that the
// kubeconfig names.
func (v *victim) kubectl(args ...string) result {
	v.t.Helper()
	return v.run(requireKubectl(v.t), args...)
}

func requireKubectl(t *testing.T) string {
	t.Helper()
	lab.RequireKubectl(t)
	program, err := realKubectl()
	must(t, err)
	return program
}

// kubectlForAll returns a kubectl that every user of the machine may run.
func kubectlForAll(t *testing.T) string {
	t.Helper()
	program, err := copiedKubectl()
	must(t, err)
	return program
}

// copiedKubectl puts the real kubectl beside the built programs, once.
var copiedKubectl = sync.OnceValues(func() (string, error) {
	program, err := realKubectl()
	if err != nil {
		return "", err
	}
	bin, err := programs()
	if err != nil {
		return "", err
	}
	copied := filepath.Join(bin, "kubectl")
	data, err := os.ReadFile(program)
	if err != nil {
		return "", err
	}
	return copied, os.WriteFile(copied, data, 0o755)
})
