package lab

import (
	"context"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/gotool"
)

// BuildTools returns the folder with the programs that packages of a module of
// test tools make, without starting a bed. They are built into the test cache
// when they are not there yet, and again when the module's requirements change.
// name says what they are, version included; path is the module's folder below
// the root of the project, with slashes; say is told before a build.
func BuildTools(ctx context.Context, say func(string), name, path string, packages ...string) (string, error) {
	return gotool.Build(ctx, say, name, path, packages...)
}
