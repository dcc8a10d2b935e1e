package prereq_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/prereq"
)

// fakePrefix is a Python of its own, by the files that are looked at.
func fakePrefix(t *testing.T, prefix, site, version string) string {
	t.Helper()
	write(t, filepath.Join(prefix, "lib/python3.11/os.py"), "", 0o644)
	python := write(t, filepath.Join(prefix, "bin/python3.11"), "\x7fELF", 0o755)
	if strings.HasSuffix(site, "dist-packages") {
		write(t, filepath.Join(prefix, "lib/python3/dist-packages/README"), "", 0o644)
	}
	if version != "" {
		install(t, filepath.Join(prefix, site), version)
	}
	return script(t, filepath.Join(prefix, "bin/openstack"), python)
}

// TestUpgradeCommand checks the whole command for each kind of installation;
// DIR stands for the test's folder.
func TestUpgradeCommand(t *testing.T) {
	needUnix(t)
	t.Parallel()
	const old = "2.0.0"
	venv := func(under string, files ...string) func(*testing.T, string, string) string {
		return func(t *testing.T, dir, version string) string {
			home := filepath.Join(dir, under)
			path := fakeVenv(t, home, "python3.11", version)
			for _, f := range files {
				write(t, filepath.Join(home, f), "home = /nowhere\nversion = 3.11.1\nuv = 0.9\n", 0o644)
			}
			return path
		}
	}
	prefix := func(under, site string, files ...string) func(*testing.T, string, string) string {
		return func(t *testing.T, dir, version string) string {
			path := fakePrefix(t, filepath.Join(dir, under), site, version)
			for _, f := range files {
				write(t, filepath.Join(dir, under, f), "", 0o644)
			}
			return path
		}
	}
	for name, c := range map[string]struct {
		build            func(t *testing.T, dir, version string) string
		upgrade, install string
	}{
		"venv": {
			venv("cloud"),
			"DIR/cloud/bin/python -m pip install --upgrade python-magnumclient", "DIR/cloud/bin/python -m pip install --upgrade python-magnumclient",
		},
		"venv with a space": {
			venv("my cloud"),
			`"DIR/my cloud/bin/python" -m pip install --upgrade python-magnumclient`, `"DIR/my cloud/bin/python" -m pip install --upgrade python-magnumclient`,
		},
		"pipx": {
			venv("pipx/venvs/python-openstackclient"),
			"pipx runpip python-openstackclient install --upgrade python-magnumclient", "pipx inject python-openstackclient python-magnumclient",
		},
		"uv tool": {
			venv("uv/tools/python-openstackclient", "uv-receipt.toml"),
			"uv tool upgrade python-openstackclient", "uv tool install python-openstackclient --with python-magnumclient",
		},
		"uv venv": {
			venv(".venv", "pyvenv.cfg"),
			"uv pip install --python DIR/.venv/bin/python --upgrade python-magnumclient", "uv pip install --python DIR/.venv/bin/python --upgrade python-magnumclient",
		},
		"brew": {
			venv("homebrew/Cellar/openstackclient/8.0.0/libexec"),
			"brew upgrade openstackclient", "brew upgrade openstackclient",
		},
		"apt": {
			prefix("usr", "lib/python3/dist-packages"),
			"sudo apt-get install --only-upgrade python3-magnumclient", "",
		},
		"pip beside apt": {
			prefix("usr", "local/lib/python3.11/dist-packages"),
			"DIR/usr/bin/python3.11 -m pip install --upgrade python-magnumclient", "",
		},
		"dnf": {
			prefix("usr", "lib/python3.11/site-packages"),
			"sudo dnf upgrade python3-magnumclient", "sudo dnf install python3-magnumclient",
		},
		"conda": {
			prefix("miniconda3", "lib/python3.11/site-packages", "conda-meta/history"),
			"DIR/miniconda3/bin/python3.11 -m pip install --upgrade python-magnumclient", "DIR/miniconda3/bin/python3.11 -m pip install --upgrade python-magnumclient",
		},
		"pyenv": {
			prefix(".pyenv/versions/3.11.7", "lib/python3.11/site-packages"),
			"DIR/.pyenv/versions/3.11.7/bin/python3.11 -m pip install --upgrade python-magnumclient", "DIR/.pyenv/versions/3.11.7/bin/python3.11 -m pip install --upgrade python-magnumclient",
		},
		"pip --user": {
			func(t *testing.T, dir, version string) string {
				if version != "" {
					install(t, filepath.Join(dir, ".local/lib/python3.11/site-packages"), version)
				}
				return fakePrefix(t, filepath.Join(dir, "opt/python"), "", "")
			},
			"DIR/opt/python/bin/python3.11 -m pip install --user --upgrade python-magnumclient", "",
		},
		"snap": {
			func(t *testing.T, dir, version string) string {
				fakeVenv(t, filepath.Join(dir, "snap/openstackclients/current"), "python3.11", version)
				write(t, filepath.Join(dir, "usr/bin/snap"), "\x7fELF", 0o755)
				return link(t, "../../usr/bin/snap", filepath.Join(dir, "snap/bin/openstackclients.openstack"))
			},
			"sudo snap refresh openstackclients", "sudo snap refresh openstackclients",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for version, want := range map[string]string{old: c.upgrade, "": c.install} {
				if want == "" {
					continue
				}
				dir := realTemp(t)
				r := check(t, prereq.Options{OpenStack: c.build(t, dir, version), Environ: environment(dir)})
				if r.Answer != prereq.NotMet {
					t.Errorf("version %q: answer %q (%s)", version, r.Answer, r.Reason)
				}
				if got := strings.ReplaceAll(r.Upgrade, dir, "DIR"); got != want {
					t.Errorf("version %q: %q, want %q", version, got, want)
				}
			}
		})
	}
}
