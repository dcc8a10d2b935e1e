package prereq

import (
	"bufio"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// python is an interpreter and what decides where it looks for packages.
type python struct {
	exe     string // as started, links not followed
	platlib string // sys.platlibdir: lib, or lib64 on some distributions
	lib     string // name of its folder below platlib, such as python3.11; "" unknown
	prefix  string // sys.prefix
	base    string // sys.base_prefix: prefix, but for virtual environments
	venv    bool
	system  bool // a virtual environment that sees the system's packages too
	windows bool
	cfg     map[string]string // pyvenv.cfg, lower-case keys; nil outside a venv
}

var (
	libName  = regexp.MustCompile(`^(python|pypy)(\d+\.\d+)t?$`)
	exeLib   = regexp.MustCompile(`^((?:python|pypy)\d+\.\d+t?)`)
	dllName  = regexp.MustCompile(`(?i)^python(\d)(\d+)\.dll$`)
	cfgMinor = regexp.MustCompile(`^(\d+\.\d+)`)
)

// inspect works out, from files alone, what the interpreter exe would find out
// about itself when started. The rules are those of CPython's getpath.py and
// site.py.
func (m machine) inspect(exe string, inSnap bool) python {
	p := python{exe: exe, windows: strings.HasSuffix(strings.ToLower(exe), ".exe")}
	origin := p.readConfig()
	p.base, p.platlib = filepath.Dir(filepath.Dir(origin)), "lib"
	if p.windows {
		p.base = filepath.Dir(origin)
	}
	// Inside a snap the links lead to the base snap, outside to this machine's
	// own Python: they are not to be followed, and dangling ones cannot be.
	if !inSnap && isFile(origin) {
		p.base, p.platlib, p.lib = landmark(resolveLinks(origin), p.windows)
	}
	if home := m.getenv("PYTHONHOME"); home != "" {
		p.base = home
	}
	if !p.venv {
		p.prefix = p.base
	}
	if p.lib == "" {
		p.lib = p.guessLib()
	}
	return p
}

// readConfig looks for the pyvenv.cfg that makes exe the Python of a virtual
// environment, and returns the program that this environment was made from: exe
// itself where there is none.
func (p *python) readConfig() string {
	dir := filepath.Dir(p.exe)
	for _, d := range []string{dir, filepath.Dir(dir)} {
		cfg, ok := parseConfig(filepath.Join(d, "pyvenv.cfg"))
		if !ok {
			continue
		}
		p.venv, p.cfg, p.prefix = true, cfg, filepath.Dir(dir)
		p.system = strings.EqualFold(cfg["include-system-site-packages"], "true")
		if cfg["home"] == "" {
			break
		}
		origin := filepath.Join(cfg["home"], filepath.Base(p.exe))
		if !isFile(origin) {
			origin = filepath.Join(cfg["home"], filepath.Base(resolveLinks(p.exe)))
		}
		return origin
	}
	return p.exe
}

// version returns the two numbers that name a Python, "" when unknown.
func (p python) version() string {
	if g := libName.FindStringSubmatch(p.lib); g != nil {
		return g[2]
	}
	return ""
}

// landmark climbs from the interpreter to the folder that holds its standard
// library, known by its os.py, and returns that folder and the library's names.
func landmark(exe string, windows bool) (prefix, platlib, lib string) {
	want := ""
	if g := exeLib.FindStringSubmatch(filepath.Base(exe)); g != nil {
		want = g[1]
	}
	top := filepath.Dir(exe)
	for dir := top; ; dir = filepath.Dir(dir) {
		if windows {
			if isFile(filepath.Join(dir, "Lib", "os.py")) {
				return dir, "Lib", dllVersion(dir)
			}
		} else if platlib, lib := stdlib(dir, want); lib != "" {
			return dir, platlib, lib
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	if windows {
		return top, "Lib", dllVersion(top)
	}
	return filepath.Dir(top), "lib", want
}

// stdlib returns the names of the standard library's folders below prefix: the
// wanted one, or the only one.
func stdlib(prefix, want string) (platlib, lib string) {
	for _, l := range []string{"lib", "lib64"} {
		if want != "" {
			if isFile(filepath.Join(prefix, l, want, "os.py")) {
				return l, want
			}
			continue
		}
		for _, n := range listFolder(filepath.Join(prefix, l)) {
			if libName.MatchString(n) && isFile(filepath.Join(prefix, l, n, "os.py")) {
				return l, n
			}
		}
	}
	return "", ""
}

// dllVersion reads a Windows Python's version from its library's file name.
func dllVersion(dir string) string {
	for _, n := range listFolder(dir) {
		if g := dllName.FindStringSubmatch(n); g != nil {
			return "python" + g[1] + "." + g[2]
		}
	}
	return ""
}

// guessLib is for an interpreter that cannot be seen, as inside a snap: what
// pyvenv.cfg recorded, else the only folder there is.
func (p python) guessLib() string {
	for _, key := range []string{"version", "version_info"} {
		if g := cfgMinor.FindString(p.cfg[key]); g != "" {
			return "python" + g
		}
	}
	for _, n := range listFolder(filepath.Join(p.prefix, "lib")) {
		if libName.MatchString(n) {
			return n
		}
	}
	return ""
}

// parseConfig reads a pyvenv.cfg: "key = value" lines.
func parseConfig(path string) (map[string]string, bool) {
	f, err := os.Open(path)
	if err != nil {
		return nil, false
	}
	defer f.Close()
	cfg := map[string]string{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if key, value, ok := strings.Cut(lines.Text(), "="); ok {
			cfg[strings.ToLower(strings.TrimSpace(key))] = strings.TrimSpace(value)
		}
	}
	return cfg, true
}
