// Package debian runs programs as Debian packages them, from root folders in the
// test cache. Nothing is installed into the machine itself.
//
// The minimum is made once by debootstrap; an Image is a copy of it with packages
// on top, made once, too, and never written to afterwards.
package debian

import (
	"bytes"
	"cmp"
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

// defaultSuite is the Debian release of an image that names none: the one with
// Keystone 22 and Magnum 15.
const defaultSuite = "bookworm"

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
	Suite    string   // the Debian release; "": defaultSuite
}

// Root is the folder of an installed image.
type Root string

// Entry returns the name of the root's entry in the test cache. An image made in
// another way has another.
func (r Root) Entry() string { return filepath.Base(filepath.Dir(string(r))) }

func (i Image) entry() string {
	return i.Name + "-" + cache.Key([]byte(baseEntry(i.suite())), []byte(installScript),
		[]byte(strings.Join(i.Packages, " ")), []byte(i.Answers))
}

func (i Image) suite() string { return cmp.Or(i.Suite, defaultSuite) }

func baseEntry(suite string) string {
	return "debian-" + cache.Key([]byte(bootstrapScript), []byte(suite))
}

// Available returns why a test cannot use the image, in half a sentence: the
// machine cannot run it, or it has not been prepared. It returns nil otherwise.
func (i Image) Available() error {
	if err := Usable(); err != nil {
		return err
	}
	_, err := cache.Find(i.entry())
	return err
}

// systemPath is where a Debian has its programs.
const systemPath = "PATH=/usr/sbin:/usr/bin:/sbin:/bin"

// Usable returns why no image at all can be used on this machine.
func Usable() error {
	if runtime.GOOS != "linux" {
		return errors.New("it needs Linux")
	}
	if os.Geteuid() != 0 {
		return errors.New("it needs root")
	}
	probe := exec.Command("/bin/sh", "-c", "mount --bind /tmp /tmp")
	probe.Env = []string{systemPath} // of tests, some have a PATH with nothing on it
	proc.Isolate(probe)
	if out, err := probe.CombinedOutput(); err != nil {
		return fmt.Errorf("it needs mount and process namespaces: %w %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// Unavailable returns why the image can be neither used nor made on this machine,
// in half a sentence, or nil.
func (i Image) Unavailable() error {
	if err := Usable(); err != nil {
		return err
	}
	if _, err := cache.Find(i.entry()); err == nil {
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

// Root returns the image's root, which must have been prepared. Check Available,
// or call Require, before.
func (i Image) Root() (Root, error) {
	dir, err := cache.Find(i.entry())
	if err != nil {
		return "", err
	}
	return Root(filepath.Join(dir, "root")), nil
}

// Entry returns the name of the image's entry in the test cache.
func (i Image) Entry(context.Context) (string, error) { return i.entry(), nil }

// Base returns the image without packages that this one is a copy of.
func (i Image) Base() Base { return Base{i.suite()} }

// MakePart installs the image into the test cache, unless it is there and whole:
// what the packages take, and a minute for Debian's minimum when that is missing.
// say is told what takes long.
func (i Image) MakePart(ctx context.Context, say func(string)) (made bool, err error) {
	return cache.Make(ctx, i.entry(), say, func(dir string) error {
		if _, err := i.Base().MakePart(ctx, say); err != nil {
			return err
		}
		base, err := cache.Find(baseEntry(i.suite()))
		if err != nil {
			return err
		}
		say("installing Debian packages")
		return isolated(ctx, dir, installScript, append([]string{filepath.Join(base, "root"), dir, i.Answers}, i.Packages...)...)
	})
}

// Base is a Debian's minimum, which images are copies of.
type Base struct{ suite string }

// Entry returns the name of the minimum's entry in the test cache.
func (b Base) Entry(context.Context) (string, error) { return baseEntry(b.suite), nil }

// MakePart makes the minimum, unless it is there and whole.
func (b Base) MakePart(ctx context.Context, say func(string)) (made bool, err error) {
	return cache.Make(ctx, baseEntry(b.suite), say, func(dir string) error {
		from, err := mirror()
		if err != nil {
			return err
		}
		say("installing a minimal Debian (" + b.suite + ")")
		return isolated(ctx, dir, bootstrapScript, dir, from, b.suite)
	})
}

// wgetSettings let debootstrap's downloads fail when nobody answers: wget's own
// defaults try for hours.
const wgetSettings = "tries = 3\ntimeout = 30\n"

// isolated runs a script in namespaces of its own, with its output in the file
// install.log of dir.
func isolated(ctx context.Context, dir, script string, args ...string) error {
	cmd := exec.CommandContext(ctx, "/bin/sh", append([]string{"-c", script, "install.sh"}, args...)...)
	proc.Isolate(cmd)
	log, wgetrc := filepath.Join(dir, "install.log"), filepath.Join(dir, "wgetrc")
	out, err := os.Create(log)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Env = append(os.Environ(), "WGETRC="+wgetrc)
	if err := os.WriteFile(wgetrc, []byte(wgetSettings), 0o600); err != nil {
		return err
	}
	if err := proc.RunTethered(cmd); err != nil {
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
	cmd.Env = append([]string{systemPath, "HOME=/tmp", "SHELL=/bin/sh", "LC_ALL=C.UTF-8"}, env...)
	return cmd
}
