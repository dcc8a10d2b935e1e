package felix_test

import (
	"os"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/felix"
)

// nodes are shared by the tests: most need a node that is like any other.
var nodes, dropping = &realities{options: felix.Options{IPv6: true}}, &realities{options: felix.Options{Drop: true}}

func TestMain(m *testing.M) {
	code := m.Run()
	nodes.close()
	dropping.close()
	os.Exit(code)
}
