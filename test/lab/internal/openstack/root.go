// Package openstack runs a real Keystone and a real Magnum, as Debian packages
// them, from a root folder of their own.
//
// The root is never written to. Every run gets a folder (/lab inside the root)
// with its configuration, databases and logs; the databases are copies of a seeded
// pair that is made once.
package openstack

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
)

// Release is an OpenStack as one Debian has it.
type Release int

// The releases.
const (
	Zed   Release = iota // Debian 12: Keystone 22, and Magnum 15 with a driver of the bed's own
	Epoxy                // Debian 13: Keystone 27, and Magnum 20 with magnum-capi-helm 1.2.0
)

// name is that of the folder with what only this release has.
func (r Release) name() string { return [...]string{"zed", "epoxy"}[r] }

// Image is the Debian with Keystone and Magnum: 1 GB.
func (r Release) Image() debian.Image {
	i := debian.Image{
		Name:     "openstack",
		Packages: []string{"keystone", "magnum-api", "magnum-conductor", "python3-openstackclient", "python3-magnumclient", "python3-venv"},
		Answers: "keystone keystone/configure_db boolean false\n" +
			"magnum-common magnum/configure_db boolean false\n",
	}
	if r == Epoxy {
		i.Name, i.Suite = "clusterapi", "trixie"
		i.Packages = slices.Insert(i.Packages, 3, "python3-magnum-capi-helm")
	}
	return i
}

// command prepares a command inside the root with our Python modules at hand, with
// the folder of a run as /lab and work as its current folder.
func command(ctx context.Context, root debian.Root, dir, work string, env []string, args ...string) *exec.Cmd {
	env = append([]string{"PYTHONPATH=/lab/py", "PYTHONDONTWRITEBYTECODE=1"}, env...)
	return root.Command(ctx, dir, work, env, args...)
}

// output runs a command in the root to its end with stdin as its input and returns
// its standard output. Arguments must hold no secrets; stdin may.
func output(ctx context.Context, root debian.Root, dir string, stdin []byte, env []string, args ...string) ([]byte, error) {
	cmd := command(ctx, root, dir, filepath.Join(dir, "work"), env, args...)
	var out, complaints bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &out, &complaints
	if err := cmd.Run(); err != nil {
		text := strings.TrimSpace(complaints.String())
		return nil, fmt.Errorf("running %s: %w\n%s", strings.Join(args, " "), err, text[max(0, len(text)-2000):])
	}
	return out.Bytes(), nil
}
