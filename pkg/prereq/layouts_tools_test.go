package prereq_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func pipx(t *testing.T, py interpreter, dir string) place {
	home := filepath.Join(dir, ".local/share/pipx/venvs/python-openstackclient")
	p := venvPlace(t, py, home)
	write(t, filepath.Join(home, "pipx_metadata.json"), "{}", 0o644)
	p.openstack = link(t, p.openstack, filepath.Join(dir, ".local/bin/openstack"))
	return p
}

// uvTool is what `uv tool install` leaves: an environment with a receipt, and a
// script that finds the interpreter beside it.
func uvTool(t *testing.T, py interpreter, dir string) place {
	home := filepath.Join(dir, ".local/share/uv/tools/python-openstackclient")
	p := venvPlace(t, py, home)
	uvConfig(t, py, home)
	write(t, filepath.Join(home, "uv-receipt.toml"), "[tool]\n", 0o644)
	text := "#!/bin/sh\n'''exec' \"$(dirname -- \"$(realpath -- \"$0\")\")\"/'python' \"$0\" \"$@\"\n' '''\n" + oracle
	write(t, p.openstack, text, 0o755)
	p.openstack = link(t, p.openstack, filepath.Join(dir, ".local/bin/openstack"))
	return p
}

func uvVenv(t *testing.T, py interpreter, dir string) place {
	p := venvPlace(t, py, dir)
	uvConfig(t, py, dir)
	return p
}

func uvConfig(t *testing.T, py interpreter, dir string) {
	text := "home = " + filepath.Dir(py.Exe) + "\nimplementation = CPython\nuv = 0.9.0\nversion_info = " +
		strings.TrimPrefix(py.Lib, "python") + ".1\ninclude-system-site-packages = false\n"
	write(t, filepath.Join(dir, "pyvenv.cfg"), text, 0o644)
}

// brew keeps each formula below Cellar, in an environment of its own that may
// take packages from other formulae.
func brew(t *testing.T, py interpreter, dir string) place {
	cellar := filepath.Join(dir, "homebrew/Cellar/openstackclient/8.0.0")
	site := py.venv(t, filepath.Join(cellar, "libexec"))
	shared := filepath.Join(dir, "homebrew/opt/clients/lib")
	install(t, shared, "4.0.0")
	write(t, filepath.Join(site, "homebrew_deps.pth"), "import site; site.addsitedir('"+shared+"')\n", 0o644)
	script(t, filepath.Join(cellar, "bin/openstack"), filepath.Join(cellar, "libexec/bin/python"))
	return place{
		openstack: link(t, "../Cellar/openstackclient/8.0.0/bin/openstack", filepath.Join(dir, "homebrew/bin/openstack")),
		environ:   environment(dir),
	}
}

// snap starts everything through one program, told apart by the link's name.
func snap(t *testing.T, py interpreter, dir string) place {
	mount := filepath.Join(dir, "snap/openstackclients")
	p := venvPlace(t, py, filepath.Join(mount, "123"))
	link(t, "123", filepath.Join(mount, "current"))
	write(t, filepath.Join(dir, "usr/bin/snap"), "\x7fELF", 0o755)
	link(t, filepath.Join(dir, "usr/bin/snap"), filepath.Join(dir, "snap/bin/openstackclients.openstack"))
	p.runs = script(t, filepath.Join(mount, "123/bin/openstack"), filepath.Join(mount, "current/bin/python3"))
	p.openstack = link(t, "openstackclients.openstack", filepath.Join(dir, "snap/bin/openstack"))
	return p
}

// transplant copies a Python to a prefix of its own, standard library by links,
// and returns the site folder that it looks at there.
func transplant(t *testing.T, py interpreter, prefix string) string {
	t.Helper()
	program, err := os.ReadFile(py.Exe)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(prefix, "bin", py.Lib), string(program), 0o755)
	entries, err := os.ReadDir(py.Std)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != "site-packages" && e.Name() != "dist-packages" {
			link(t, filepath.Join(py.Std, e.Name()), filepath.Join(prefix, "lib", py.Lib, e.Name()))
		}
	}
	rel, err := filepath.Rel(py.Base, py.Sites[len(py.Sites)-1])
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(rel, "dist-packages") {
		// Debian's Python is told by this folder.
		write(t, filepath.Join(prefix, "lib/python3/dist-packages/README"), "", 0o644)
	}
	return filepath.Join(prefix, rel)
}

func conda(t *testing.T, py interpreter, dir string) place {
	prefix := filepath.Join(dir, "miniconda3/envs/cloud")
	install(t, transplant(t, py, prefix), "4.0.0")
	write(t, filepath.Join(prefix, "conda-meta/history"), "", 0o644)
	return place{openstack: script(t, filepath.Join(prefix, "bin/openstack"), filepath.Join(prefix, "bin", py.Lib)), environ: environment(dir)}
}

func pyenv(t *testing.T, py interpreter, dir string) place {
	p := pyenvPlace(t, py, dir, "3.99.1")
	write(t, filepath.Join(dir, ".pyenv/version"), "# chosen by hand\n3.99.1\n", 0o644)
	return p
}

// pyenvMinor selects "3.99", for which pyenv takes the newest 3.99.
func pyenvMinor(t *testing.T, py interpreter, dir string) place {
	pyenvPlace(t, py, dir, "3.99.9")
	p := pyenvPlace(t, py, dir, "3.99.10")
	p.environ = append(p.environ, "PYENV_VERSION=3.99")
	return p
}

func pyenvPlace(t *testing.T, py interpreter, dir, version string) place {
	root := filepath.Join(dir, ".pyenv")
	prefix := filepath.Join(root, "versions", version)
	install(t, transplant(t, py, prefix), "4.0."+strings.TrimPrefix(version, "3.99."))
	return place{
		runs: script(t, filepath.Join(prefix, "bin/openstack"), filepath.Join(prefix, "bin", py.Lib)),
		openstack: write(t, filepath.Join(root, "shims/openstack"),
			"#!/usr/bin/env bash\nset -e\nprogram=\"${0##*/}\"\nexport PYENV_ROOT=\""+root+"\"\nexec \""+root+"/libexec/pyenv\" exec \"$program\" \"$@\"\n", 0o755),
		environ: environment(dir),
	}
}

func wrapper(t *testing.T, py interpreter, dir string) place {
	p := venvPlace(t, py, filepath.Join(dir, "venv"))
	p.openstack = write(t, filepath.Join(dir, "bin/openstack"),
		"#!/bin/sh\n# our proxy\nexport HTTPS_PROXY=http://127.0.0.1:9\nexec "+p.openstack+" \"$@\"\n", 0o755)
	return p
}

func wrapperPath(t *testing.T, py interpreter, dir string) place {
	p := wrapper(t, py, dir)
	install(t, filepath.Join(dir, "extra"), "4.4.0")
	write(t, p.openstack, "#!/bin/sh\nPYTHONPATH=\"$PYTHONPATH:"+filepath.Join(dir, "extra")+"\" exec "+
		filepath.Join(dir, "venv/bin/openstack")+" \"$@\"\n", 0o755)
	return p
}
