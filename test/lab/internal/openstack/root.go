// Package openstack runs a real Keystone and a real Magnum, as Debian packages
// them, from a root folder of their own.
//
// The root is made once by debootstrap and never written to afterwards. Every
// run gets a folder (/lab inside the root) with its configuration, databases and
// logs; the databases are copies of a seeded pair that is made once, too.
package openstack

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/cache"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/proc"
)

// MirrorVariable names a Debian mirror, for machines whose apt has none.
const MirrorVariable = "KUBECTL_CATALYST_TEST_MIRROR"

// suite is the Debian release with Keystone 22 and Magnum 15.
const suite = "bookworm"

// packages are what the root holds on top of Debian's minimum.
const packages = "keystone magnum-api magnum-conductor python3-openstackclient python3-magnumclient"

//go:embed files/install.sh
var installScript string

//go:embed files/enter.sh
var enterScript string

// Root is the folder that holds the Debian with Keystone and Magnum.
type Root string

func rootName() string {
	return "openstack-" + cache.Key([]byte(installScript), []byte(suite), []byte(packages))
}

// Available tells whether a root is there or could be made, and if not, why.
func Available() error {
	if runtime.GOOS != "linux" {
		return errors.New("it needs Linux")
	}
	if os.Geteuid() != 0 {
		return errors.New("it needs root")
	}
	probe := exec.Command("/bin/sh", "-c", "mount --bind /tmp /tmp")
	proc.Isolate(probe)
	if out, err := probe.CombinedOutput(); err != nil {
		return fmt.Errorf("it needs mount and process namespaces: %w %s", err, bytes.TrimSpace(out))
	}
	if cache.Has(rootName()) {
		return nil
	}
	if _, err := mirror(); err != nil {
		return err
	}
	tools := []string{"wget"}
	if _, err := exec.LookPath("debootstrap"); err != nil {
		tools = append(tools, "apt-get", "dpkg-deb")
	}
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("it needs %s to install Debian packages", tool)
		}
	}
	return nil
}

// Install returns the root, made first if need be: about two minutes and 1 GB.
func Install(ctx context.Context, say func(string)) (Root, error) {
	dir, err := cache.Make(ctx, rootName(), func(dir string) error {
		say("installing Keystone and Magnum into the test cache (once, some minutes)")
		return install(ctx, dir)
	})
	return Root(filepath.Join(dir, "root")), err
}

func install(ctx context.Context, dir string) error {
	from, err := mirror()
	if err != nil {
		return err
	}
	args := append([]string{"-c", installScript, "install.sh", dir, from, suite}, strings.Fields(packages)...)
	cmd := exec.CommandContext(ctx, "/bin/sh", args...)
	proc.Isolate(cmd)
	log := filepath.Join(dir, "install.log")
	out, err := os.Create(log)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("installing Debian packages: %w\n%s", err, proc.Tail(log))
	}
	return nil
}

// mirror returns the Debian mirror that this machine's own apt uses.
func mirror() (string, error) {
	if m := os.Getenv(MirrorVariable); m != "" {
		return m, nil
	}
	out, err := exec.Command("apt-get", "--no-release-info", "indextargets",
		"--format", "$(REPO_URI) $(COMPONENT)", "Created-By: Packages").Output()
	if err != nil {
		return "", fmt.Errorf("it needs apt: %w", err)
	}
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if len(f) != 2 || f[1] != "main" {
			continue
		}
		if u, err := url.Parse(f[0]); err == nil && strings.HasPrefix(u.Scheme, "http") && filepath.Base(u.Path) == "debian" {
			return f[0], nil
		}
	}
	return "", fmt.Errorf("apt's sources name no Debian mirror (set %s)", MirrorVariable)
}

// Command prepares a command inside the root, with the folder run as /lab and
// work as its current folder, /work. It runs in namespaces of its own: when it
// ends or is killed, so do its children and its mounts.
func (r Root) Command(ctx context.Context, run, work string, env []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "/bin/sh", append([]string{"-c", enterScript, "enter.sh", string(r), run, work}, args...)...)
	proc.Isolate(cmd)
	cmd.Env = append([]string{
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/tmp", "SHELL=/bin/sh", "LC_ALL=C.UTF-8",
		"PYTHONPATH=/lab/py", "PYTHONDONTWRITEBYTECODE=1",
	}, env...)
	return cmd
}

// run runs a command in the root to its end with stdin as its input and returns
// its standard output. Arguments must hold no secrets; stdin may.
func (r Root) run(ctx context.Context, dir string, stdin []byte, env []string, args ...string) ([]byte, error) {
	cmd := r.Command(ctx, dir, filepath.Join(dir, "work"), env, args...)
	var out, complaints bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &out, &complaints
	if err := cmd.Run(); err != nil {
		text := strings.TrimSpace(complaints.String())
		return nil, fmt.Errorf("running %s: %w\n%s", strings.Join(args, " "), err, text[max(0, len(text)-2000):])
	}
	return out.Bytes(), nil
}
