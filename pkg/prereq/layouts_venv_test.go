package prereq_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func inVenv(t *testing.T, py interpreter, dir string) place {
	return venvPlace(t, py, dir)
}

func inCopiedVenv(t *testing.T, py interpreter, dir string) place {
	return venvPlace(t, py, dir, "--copies")
}

func venvPlace(t *testing.T, py interpreter, dir string, options ...string) place {
	install(t, py.venv(t, dir, options...), "4.0.0")
	return place{
		openstack: script(t, filepath.Join(dir, "bin/openstack"), filepath.Join(dir, "bin/python")),
		environ:   environment(dir),
	}
}

// nestedVenv makes one with another's Python, as a tool in a virtual
// environment does.
func nestedVenv(t *testing.T, py interpreter, dir string) place {
	outer := filepath.Join(dir, "outer")
	install(t, py.venv(t, outer), "3.0.0")
	inner := py
	inner.Exe = filepath.Join(outer, "bin/python")
	return venvPlace(t, inner, filepath.Join(dir, "inner"))
}

// upgradedVenv is one whose Python moved on under it: what pyvenv.cfg says about
// the version is out of date, and Python does not read it.
func upgradedVenv(t *testing.T, py interpreter, dir string) place {
	p := venvPlace(t, py, dir)
	write(t, filepath.Join(dir, "pyvenv.cfg"), "home = "+filepath.Dir(py.Exe)+"\nversion = 3.5.1\n", 0o644)
	return p
}

func isolatedVenv(t *testing.T, py interpreter, dir string) place { return onBase(t, py, dir) }

func sharingVenv(t *testing.T, py interpreter, dir string) place {
	return onBase(t, py, dir, "--system-site-packages")
}

// onBase has the client where the virtual environment's Python comes from.
func onBase(t *testing.T, py interpreter, dir string, options ...string) place {
	base := filepath.Join(dir, "base")
	install(t, transplant(t, py, base), "4.0.0")
	own := py
	own.Exe = filepath.Join(base, "bin", py.Lib)
	own.venv(t, filepath.Join(dir, "venv"), options...)
	return place{
		openstack: script(t, filepath.Join(dir, "venv/bin/openstack"), filepath.Join(dir, "venv/bin/python")),
		environ:   environment(dir),
	}
}

// systemSite has the client outside the virtual environment only.
func systemSite(t *testing.T, py interpreter, dir string) place {
	py.venv(t, filepath.Join(dir, "venv"), "--system-site-packages")
	install(t, filepath.Join(dir, ".local", py.User), "4.1.0")
	return place{
		openstack: script(t, filepath.Join(dir, "venv/bin/openstack"), filepath.Join(dir, "venv/bin/python3")),
		environ:   environment(dir),
	}
}

// systemSiteBoth has one in the virtual environment and one outside.
func systemSiteBoth(t *testing.T, py interpreter, dir string) place {
	p := systemSite(t, py, dir)
	install(t, filepath.Join(dir, "venv/lib", py.Lib, "site-packages"), "4.0.0")
	return p
}

func throughEnv(t *testing.T, py interpreter, dir string) place {
	install(t, py.venv(t, filepath.Join(dir, "venv")), "4.0.0")
	return place{
		openstack: script(t, filepath.Join(dir, "openstack"), "/usr/bin/env python3"),
		environ:   append(environment(dir), "PATH="+filepath.Join(dir, "venv/bin")+":"+os.Getenv("PATH")),
	}
}

// spaces needs the shell preamble: a shebang cannot hold such a path.
func spaces(t *testing.T, py interpreter, dir string) place {
	return preamblePlace(t, py, filepath.Join(dir, "my clouds"), `"%s"`)
}

// longPath needs it too: Linux cuts shebangs off.
func longPath(t *testing.T, py interpreter, dir string) place {
	return preamblePlace(t, py, filepath.Join(dir, strings.Repeat("long/", 60)), "%s")
}

func preamblePlace(t *testing.T, py interpreter, dir, quoting string) place {
	install(t, py.venv(t, dir), "4.0.0")
	python := strings.Replace(quoting, "%s", filepath.Join(dir, "bin/python"), 1)
	text := "#!/bin/sh\n'''exec' " + python + " \"$0\" \"$@\"\n' '''\n" + oracle
	return place{openstack: write(t, filepath.Join(dir, "bin/openstack"), text, 0o755), environ: environment(dir)}
}

func linked(t *testing.T, py interpreter, dir string) place {
	p := venvPlace(t, py, filepath.Join(dir, "venv"))
	p.openstack = link(t, p.openstack, filepath.Join(dir, "bin/openstack"))
	return p
}

// linkedPython starts the Python itself through two links of other names.
func linkedPython(t *testing.T, py interpreter, dir string) place {
	install(t, filepath.Join(dir, ".local", py.User), "4.0.0")
	first := link(t, py.Exe, filepath.Join(dir, "opt/python"))
	second := link(t, first, filepath.Join(dir, "bin/python3"))
	return place{openstack: script(t, filepath.Join(dir, "bin/openstack"), second), environ: environment(dir)}
}

func userSite(t *testing.T, py interpreter, dir string) place {
	install(t, filepath.Join(dir, ".local", py.User), "4.0.0")
	return place{openstack: script(t, filepath.Join(dir, ".local/bin/openstack"), py.Exe), environ: environment(dir)}
}

func userBase(t *testing.T, py interpreter, dir string) place {
	install(t, filepath.Join(dir, "base", py.User), "4.0.0")
	return place{
		openstack: script(t, filepath.Join(dir, "base/bin/openstack"), py.Exe),
		environ:   append(environment(dir), "PYTHONUSERBASE="+filepath.Join(dir, "base")),
	}
}

func userSiteOff(t *testing.T, py interpreter, dir string) place {
	install(t, filepath.Join(dir, ".local", py.User), "4.0.0")
	return place{openstack: script(t, filepath.Join(dir, ".local/bin/openstack"), py.Exe+" -s"), environ: environment(dir)}
}

func pythonPath(t *testing.T, py interpreter, dir string) place {
	p := venvPlace(t, py, filepath.Join(dir, "venv"))
	install(t, filepath.Join(dir, "first"), "4.2.0")
	p.environ = append(p.environ, "PYTHONPATH="+filepath.Join(dir, "nowhere")+string(os.PathListSeparator)+filepath.Join(dir, "first"))
	return p
}

func pythonPathOff(t *testing.T, py interpreter, dir string) place {
	p := pythonPath(t, py, dir)
	p.openstack = script(t, p.openstack, filepath.Join(dir, "venv/bin/python")+" -E")
	return p
}

func besideScript(t *testing.T, py interpreter, dir string) place {
	p := venvPlace(t, py, dir)
	install(t, filepath.Join(dir, "bin"), "4.3.0")
	return p
}
