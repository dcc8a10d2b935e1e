package hostile

import (
	"context"
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
