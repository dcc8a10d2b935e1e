package lab

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/openstack"
)

// Debian is the Debian installation that the bed runs from: python3-openstackclient
// and python3-magnumclient from apt, and what they need.
type Debian struct{ root openstack.Root }

// InstallDebian returns the installation, made first if need be, which takes
// minutes. Check Available, or call Require, before.
func InstallDebian(ctx context.Context, log func(string)) (Debian, error) {
	root, err := openstack.Install(ctx, log)
	return Debian{root}, err
}

// Command prepares a command inside the installation, with dir, a folder of this
// machine, as its current folder /work, and dir's folder tmp, made if need be, as
// /tmp. The environment is a bare one.
func (d Debian) Command(ctx context.Context, dir string, args ...string) (*exec.Cmd, error) {
	if err := os.MkdirAll(filepath.Join(dir, "tmp"), 0o700); err != nil {
		return nil, fmt.Errorf("making a folder for /tmp: %w", err)
	}
	return d.root.Command(ctx, dir, dir, []string{"PYTHONPATH="}, args...), nil
}
