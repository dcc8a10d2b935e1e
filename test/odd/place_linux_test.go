package odd

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
)

// nobody is a user who owns nothing.
const nobody = "65534"

// place is where the tests run, and how.
type place struct {
	dir     string   // for all that another user must reach
	tree    string   // a copy of the project, with a space and a link in its path
	marker  string   // what decoys write to when they are run
	environ []string // the odd environment
}

func newPlace(t *testing.T) *place {
	t.Helper()
	dir, err := os.MkdirTemp("", "odd-")
	must(t, err)
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	p := &place{dir: dir, marker: filepath.Join(dir, "decoys", "run"), tree: filepath.Join(dir, "a link", "tree")}
	must(t, os.Chmod(dir, 0o755))
	for _, d := range []string{"a folder with spaces/tmp", "home/.kube", "home/.ssh", "home/.config/openstack", "decoys", "installed", "kubectl"} {
		must(t, os.MkdirAll(filepath.Join(dir, d), 0o755))
	}
	must(t, os.Symlink("a folder with spaces", filepath.Join(dir, "a link")))
	p.copyTree(t)
	p.hostileHome(t)
	p.decoys(t)
	p.environ = p.odd(t)
	p.giveAway(t, "home", "decoys", "a folder with spaces/tmp")
	return p
}

// overlay lays programs over those of the system, for the command behind them.
const overlay = `mount -t overlay overlay -o "lowerdir=$1:/usr/bin" /usr/bin && umask "$2" && shift 2 && exec "$@"`

// command returns what runs a command as another user, on a system that has the
// decoys installed in /usr/bin.
func command(installed, umask string) []string {
	return []string{
		"unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", overlay, "sh", installed, umask,
		"setpriv", "--reuid", nobody, "--regid", nobody, "--clear-groups", "--inh-caps=-all", "--",
	}
}

func (p *place) command(umask string) []string {
	return command(filepath.Join(p.dir, "installed"), umask)
}

// requireOtherUser ends the test where it cannot become another user, or not with
// other programs in /usr/bin.
func requireOtherUser(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		debian.Require(t, "other user to run tests as", errors.New("it needs root"))
	}
	dir := t.TempDir()
	args := append(command(dir, "0077"), "true")
	if out, err := exec.CommandContext(t.Context(), args[0], args[1:]...).CombinedOutput(); err != nil {
		debian.Require(t, "system with other programs in /usr/bin", fmt.Errorf("%w: %s", err, out))
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// copyTree copies what git has of the project, as it is now, where other users may
// read and nobody but root may write it.
func (p *place) copyTree(t *testing.T) {
	t.Helper()
	script := `git -c safe.directory='*' ls-files -z --cached --others --exclude-standard |
		tar --create --null --files-from=- --ignore-failed-read | tar --extract --no-same-owner --directory "$1" && chmod -R a+rX "$1"`
	must(t, os.MkdirAll(p.tree, 0o755))
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", script, "sh", p.tree)
	cmd.Dir = "../.."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("copying the project: %v\n%s", err, out)
	}
}

// hostileHome lays out files that would break whatever reads them.
func (p *place) hostileHome(t *testing.T) {
	t.Helper()
	for name, text := range map[string]string{
		".ssh/config":                     "Host *\n  ProxyCommand " + p.decoy("ssh") + "\n  NoSuchOption yes\n",
		".kube/config":                    "apiVersion: v1\nkind: Config\ncurrent-context: [not, a, name\n",
		".kube/kuberc":                    "kind: [\n",
		".config/openstack/clouds.yaml":   "clouds: {prod: {auth: {auth_url: 'http://127.0.0.1:1/v3', password: [\n",
		".config/openstack/secure.yaml":   "\t%\n",
		".gitconfig":                      "[core]\n\tpager = " + p.decoy("git") + "\n\thooksPath = /nonexistent\n[broken\n",
		".config/golangci-lint/config.ym": "{",
		".bashrc":                         p.decoy("bash") + "\nexit 9\n",
		".profile":                        p.decoy("sh") + "\nexit 9\n",
	} {
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(p.dir, "home", name)), 0o755))
		must(t, os.WriteFile(filepath.Join(p.dir, "home", name), []byte(text), 0o644))
	}
}

func (p *place) decoy(name string) string { return filepath.Join(p.dir, "decoys", name) }

// installed are the decoys that are in /usr/bin, too, as Debian's packages put them
// there, python3-openstackclient for one.
var installed = []string{"openstack", "kubectl", "kubectl-catalyst", "openstack-coe-helper", "helm", "pyenv"}

// decoys are programs that fail and write down that they were run.
func (p *place) decoys(t *testing.T) {
	t.Helper()
	text := fmt.Sprintf("#!/bin/sh\necho \"$0 $*\" >>'%s'\necho '{nonsense'\necho nonsense >&2\nexit 97\n", p.marker)
	for _, name := range []string{"openstack", "kubectl", "kubectl-catalyst", "openstack-coe-helper", "helm", "ssh", "python3", "python", "git", "pyenv", "krew", "vi", "less"} {
		must(t, os.WriteFile(p.decoy(name), []byte(text), 0o755))
	}
	for _, name := range installed {
		must(t, os.Link(p.decoy(name), filepath.Join(p.dir, "installed", name)))
	}
}

// giveAway makes folders nobody's.
func (p *place) giveAway(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if out, err := exec.CommandContext(t.Context(), "chown", "-R", nobody+":"+nobody, filepath.Join(p.dir, name)).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
}

// odd is an environment in which every variable that something might read is set,
// to what nobody expects.
func (p *place) odd(t *testing.T) []string {
	t.Helper()
	kubectl, err := lab.RealKubectl(t.Context())
	must(t, err)
	own := filepath.Join(p.dir, "kubectl", "kubectl")
	if out, err := exec.CommandContext(t.Context(), "cp", kubectl, own).CombinedOutput(); err != nil {
		t.Fatalf("copying kubectl: %v: %s", err, out)
	}
	must(t, os.Chmod(own, 0o755))
	const closed = "http://127.0.0.1:1"
	home := filepath.Join(p.dir, "home")
	environ := []string{
		"PATH=" + filepath.Join(p.dir, "decoys") + ":/usr/bin:/bin", "HOME=" + home, "TMPDIR=" + filepath.Join(p.dir, "a link", "tmp"),
		"LC_ALL=tr_TR.UTF-8", "LANG=de_DE.UTF-8", "LANGUAGE=de", "TZ=Pacific/Chatham", "USER=stranger", "LOGNAME=stranger", "SHELL=/bin/false",
		"KUBECONFIG=" + filepath.Join(home, ".kube", "config") + ":/nonexistent/config", "KUBERC=" + filepath.Join(home, ".kube", "kuberc"), "KUBECTL_CATALYST_COMPLETE_LATE=",
		"XDG_CONFIG_HOME=/nonexistent/config", "XDG_CACHE_HOME=/nonexistent/cache", "XDG_DATA_HOME=relative", "XDG_STATE_HOME=/dev/null", "XDG_RUNTIME_DIR=/nonexistent",
		"FORCE_COLOR=1", "CLICOLOR_FORCE=1", "CLICOLOR=1", "TERM=dumb", "COLUMNS=7", "LINES=1", "EDITOR=vi", "VISUAL=vi", "PAGER=less", "CDPATH=/:/tmp",
		"PYTHONPATH=/nonexistent", "PYTHONHOME=/nonexistent", "VIRTUAL_ENV=/nonexistent", "PYENV_VERSION=2.0", "GOFLAGS=-mod=nonsense", "GODEBUG=", "GIT_DIR=/nonexistent",
		"ENV=" + filepath.Join(home, ".profile"), "BASH_ENV=", "SSH_AUTH_SOCK=/nonexistent", "SSH_ASKPASS=" + p.decoy("ssh"), "DISPLAY=:99", "KUBE_EDITOR=vi",
		lab.KubectlVariable + "=" + own,
	}
	for name, value := range map[string]string{"HTTP_PROXY": closed, "HTTPS_PROXY": closed, "ALL_PROXY": "socks5://127.0.0.1:1", "NO_PROXY": "example.com"} {
		environ = append(environ, name+"="+value, strings.ToLower(name)+"="+value)
	}
	for _, name := range strings.Fields("CLOUD AUTH_URL USERNAME PASSWORD PROJECT_NAME PROJECT_ID USER_DOMAIN_NAME TOKEN REGION_NAME CLIENT_CONFIG_FILE AUTH_TYPE CACERT ENDPOINT_TYPE") {
		environ = append(environ, "OS_"+name+"=odd")
	}
	return environ
}
