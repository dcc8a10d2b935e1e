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
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
)

// Image is the Debian with Keystone and Magnum: 1 GB.
func Image() debian.Image {
	return debian.Image{
		Name:     "openstack",
		Packages: []string{"keystone", "magnum-api", "magnum-conductor", "python3-openstackclient", "python3-magnumclient"},
		Answers: "keystone keystone/configure_db boolean false\n" +
			"magnum-common magnum/configure_db boolean false\n",
	}
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
