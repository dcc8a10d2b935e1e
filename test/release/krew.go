// Package release proves that what `make dist` makes can be installed and
// trusted: the same bytes anywhere, everything inside that has to be, and the
// real krew and kubectl working with it.
package release

import "github.com/catalyst-cloud/kubectl-catalyst/test/lab"

// Krew is krew, and the check that its index runs on manifests. tools/go.mod
// requires the version.
func Krew() lab.Tool {
	return lab.Tool{
		Name: "krew", Version: "v0.5.0", Module: "test/release/tools",
		Packages: []string{"sigs.k8s.io/krew/cmd/krew", "sigs.k8s.io/krew/cmd/validate-krew-manifest"},
	}
}
