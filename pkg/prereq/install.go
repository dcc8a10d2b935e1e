package prereq

import (
	"path/filepath"
	"strings"
)

// Kinds of installation, as Report.OpenStack.Installation names them.
const (
	kindVenv   = "virtual environment"
	kindPipx   = "pipx"
	kindUVTool = "uv tool"
	kindUVVenv = "uv virtual environment"
	kindApt    = "apt"
	kindDnf    = "dnf"
	kindUser   = "pip --user"
	kindConda  = "conda"
	kindPyenv  = "pyenv"
	kindBrew   = "brew"
	kindSnap   = "snap"
	kindPip    = "pip"
)

const (
	distMagnum    = "python-magnumclient"
	distOpenStack = "python-openstackclient"
	// installBoth suits every system and disturbs none.
	installBoth = "pipx install python-openstackclient && pipx inject python-openstackclient python-magnumclient"
)

// installation is a Python with the packages in question.
type installation struct {
	l    launcher
	p    python
	dist dist // python-magnumclient; zero when it is not there
}

// kind returns by whom the packages were put where they are.
func (i installation) kind() string {
	prefix := filepath.ToSlash(i.p.prefix)
	where := filepath.ToSlash(i.dist.location)
	switch {
	case i.l.snap != "":
		return kindSnap
	case strings.Contains(prefix, "/Cellar/") && !strings.Contains(prefix, "/Cellar/python"):
		return kindBrew
	case i.p.venv && strings.Contains(prefix, "/pipx/"):
		return kindPipx
	case i.p.venv && isFile(filepath.Join(i.p.prefix, "uv-receipt.toml")):
		return kindUVTool
	case i.p.venv && i.p.cfg["uv"] != "":
		return kindUVVenv
	case i.p.venv:
		return kindVenv
	case isDir(filepath.Join(i.p.prefix, "conda-meta")):
		return kindConda
	case strings.HasPrefix(where, filepath.ToSlash(i.p.base)+"/lib/python3/"):
		return kindApt
	}
	return i.systemKind(prefix, where)
}

// systemKind is kind for a Python that is neither a virtual environment nor
// brought along by a tool of its own.
func (i installation) systemKind(prefix, where string) string {
	switch {
	case where != "" && !strings.HasPrefix(where, prefix+"/"):
		return kindUser
	case strings.Contains(prefix, "/versions/") && strings.Contains(prefix, "pyenv"):
		return kindPyenv
	case strings.Contains(where, "/local/"), !strings.HasSuffix(prefix, "/usr"):
		return kindPip
	case where == "" && isDir(filepath.Join(i.p.base, "lib", "python3", "dist-packages")):
		return kindApt
	}
	return kindDnf
}

// install returns the command that adds python-magnumclient.
func (i installation) install() string {
	switch i.kind() {
	case kindPipx:
		return "pipx inject " + i.tool() + " " + distMagnum
	case kindUVTool:
		return "uv tool install " + i.tool() + " --with " + distMagnum
	case kindApt:
		return "sudo apt-get install python3-magnumclient"
	case kindDnf:
		return "sudo dnf install python3-magnumclient"
	}
	return i.upgrade()
}

// upgrade returns the command that brings the newest python-magnumclient.
func (i installation) upgrade() string {
	pip := quote(i.p.exe) + " -m pip install --upgrade " + distMagnum
	switch i.kind() {
	case kindPipx:
		return "pipx runpip " + i.tool() + " install --upgrade " + distMagnum
	case kindUVTool:
		return "uv tool upgrade " + i.tool()
	case kindUVVenv:
		return "uv pip install --python " + quote(i.p.exe) + " --upgrade " + distMagnum
	case kindApt:
		return "sudo apt-get install --only-upgrade python3-magnumclient"
	case kindDnf:
		return "sudo dnf upgrade python3-magnumclient"
	case kindBrew:
		_, rest, _ := strings.Cut(filepath.ToSlash(i.p.prefix), "/Cellar/")
		formula, _, _ := strings.Cut(rest, "/")
		return "brew upgrade " + formula
	case kindSnap:
		return "sudo snap refresh " + filepath.Base(filepath.Dir(i.l.snap))
	case kindUser:
		return quote(i.p.exe) + " -m pip install --user --upgrade " + distMagnum
	case kindPip:
		if strings.HasPrefix(i.p.prefix, "/usr") {
			return "sudo " + pip
		}
	}
	return pip
}

// tool returns the name of the application that pipx or uv made the environment for.
func (i installation) tool() string {
	if name := filepath.Base(i.p.prefix); name != "." {
		return name
	}
	return distOpenStack
}

// quote makes a path one word for a shell.
func quote(path string) string {
	if strings.ContainsAny(path, " \t'\"$&;()<>|*?`") {
		return `"` + path + `"`
	}
	return path
}
