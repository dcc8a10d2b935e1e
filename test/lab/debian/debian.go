// Package debian runs programs as Debian packages them, from root folders in the
// test cache. Nothing is installed into the machine itself.
//
// The minimum is made once by debootstrap; an Image is a copy of it with packages
// on top, made once, too, and never written to afterwards.
package debian

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

// suite is the Debian release: the one with Keystone 22 and Magnum 15.
const suite = "bookworm"

var (
	//go:embed files/bootstrap.sh
	bootstrapScript string
	//go:embed files/install.sh
	installScript string
	//go:embed files/enter.sh
	enterScript string
)

// Image is a Debian with some packages.
type Image struct {
	Name     string   // of its entry in the test cache, without spaces
	Packages []string // and what they depend on, without what they recommend
	Answers  string   // to debconf's questions, in the form of debconf-set-selections
}

// Root is the folder of an installed image.
type Root string

// Entry returns the name of the root's entry in the test cache. An image made in
// another way has another.
func (r Root) Entry() string { return filepath.Base(filepath.Dir(string(r))) }

func (i Image) entry() string {
	return i.Name + "-" + cache.Key([]byte(baseEntry()), []byte(installScript),
		[]byte(strings.Join(i.Packages, " ")), []byte(i.Answers))
}

func baseEntry() string { return "debian-" + cache.Key([]byte(bootstrapScript), []byte(suite)) }

// Available tells whether the image is there or could be made, and if not, why, in
// half a sentence.
func (i Image) Available() error {
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
	if cache.Has(i.entry()) {
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

// Install returns the image's root, made first if need be: a minute for Debian's
// minimum, and what the packages take. Check Available before. say is told before
// anything that takes long.
func (i Image) Install(ctx context.Context, say func(string)) (Root, error) {
	dir, err := cache.Make(ctx, i.entry(), func(dir string) error {
		base, err := base(ctx, say)
		if err != nil {
			return err
		}
		say("installing Debian packages for " + i.Name + " into the test cache (once)")
		return isolated(ctx, dir, installScript, append([]string{base, dir, i.Answers}, i.Packages...)...)
	})
	return Root(filepath.Join(dir, "root")), err
}

// base returns the root of Debian's minimum.
func base(ctx context.Context, say func(string)) (string, error) {
	dir, err := cache.Make(ctx, baseEntry(), func(dir string) error {
		from, err := mirror()
		if err != nil {
			return err
		}
		say("installing a minimal Debian into the test cache (once, a minute)")
		return isolated(ctx, dir, bootstrapScript, dir, from, suite)
	})
	return filepath.Join(dir, "root"), err
}

// isolated runs a script in namespaces of its own, with its output in the file
// install.log of dir.
func isolated(ctx context.Context, dir, script string, args ...string) error {
	cmd := exec.CommandContext(ctx, "/bin/sh", append([]string{"-c", script, "install.sh"}, args...)...)
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

// Command prepares a command inside the root, with the folder shared as /lab, its
// folder tmp, made if need be, as /tmp and work as the current folder, /srv. All else is read-only
// but for memory at /run and /dev/shm. env is added to a bare environment. It runs
// in process and mount namespaces of its own: when it ends or is killed, so do its
// children and its mounts.
func (r Root) Command(ctx context.Context, shared, work string, env []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "/bin/sh", append([]string{"-c", enterScript, "enter.sh", string(r), shared, work}, args...)...)
	proc.Isolate(cmd)
	cmd.Env = append([]string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/tmp", "SHELL=/bin/sh", "LC_ALL=C.UTF-8"}, env...)
	return cmd
}
