// Package toolchain runs the go command so that what it builds depends on the
// sources and Go's version, and on nothing else of the machine.
package toolchain

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
)

// Build builds packages of the module in the current folder for a platform into
// dir: static, stripped, without paths of this machine, and with the commit
// they were built from.
func Build(ctx context.Context, p plugin.Platform, dir string, packages ...string) error {
	args := []string{"build", "-trimpath", "-buildvcs=true", "-ldflags=-s -w", "-o", dir + string(os.PathSeparator)}
	_, err := Run(ctx, p, append(args, packages...)...)
	return err
}

// Run runs the go command for a platform and returns its standard output.
func Run(ctx context.Context, p plugin.Platform, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(),
		"GOOS="+p.OS, "GOARCH="+p.Arch, "CGO_ENABLED=0",
		// The oldest processors that Go supports on a system without saying more.
		"GOAMD64=v1", "GOARM64=v8.0", "GOARM=6",
		"GOFLAGS=", "GOWORK=off", "GOEXPERIMENT=", "GOFIPS140=off")
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go %s for %s/%s: %w\n%s", args[0], p.OS, p.Arch, err, complaints.Bytes())
	}
	return out.Bytes(), nil
}
