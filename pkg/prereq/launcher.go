package prereq

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/atomicfile"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// launcher is the program that a file called openstack makes the system start.
type launcher struct {
	python string   // the interpreter, absolute
	flags  string   // its single-letter options put together, such as "Es"
	script string   // what Python is given; its folder leads sys.path
	snap   string   // the snap's own folder, "" outside one
	via    []string // files gone through before script
}

// brokenError is an openstack that cannot start at all.
type brokenError struct{ path, interpreter string }

func (e *brokenError) Error() string {
	return fmt.Sprintf("%q asks for the interpreter %q, which does not exist", e.path, e.interpreter)
}

// opaqueError is a program that does not show which Python it starts. Only
// running it can tell.
type opaqueError struct{ path string }

func (e *opaqueError) Error() string {
	return fmt.Sprintf("%q does not show which Python it starts", e.path)
}

// errUnreadable marks a launcher that the current user may not read.
var errUnreadable = errors.New("cannot be read")

const (
	maxShims  = 8 // a shim that leads to a shim that leads to itself
	exeMarker = "MZ"
)

// interpreterName matches the names of a Python: python, python3.11, python3.13t,
// pypy3, pythonw.exe.
var interpreterName = regexp.MustCompile(`(?i)^(python|pypy)w?[0-9.]*t?(\.exe)?$`)

// followLauncher finds the Python behind the file at path.
func (m machine) followLauncher(path string) (launcher, error) {
	var via []string
	for range maxShims {
		if dir := snapDir(path); dir != "" {
			l, err := m.snap(path, dir)
			l.via = append(via, l.via...)
			return l, err
		}
		head, err := readHead(path)
		if err != nil {
			return launcher{}, fmt.Errorf("%q %w: %w", path, errUnreadable, err)
		}
		if next, ok, err := m.pyenv(path, head); err != nil {
			return launcher{}, err
		} else if ok {
			via = append(via, path)
			path = next
			continue
		}
		l, err := m.readStart(path, head)
		l.via = append(via, l.via...)
		return l, err
	}
	return launcher{}, &opaqueError{path}
}

// readStart reads how the file at path, which begins with head, is started.
func (m machine) readStart(path string, head []byte) (launcher, error) {
	if bytes.HasPrefix(head, []byte(exeMarker)) {
		return m.exe(path)
	}
	if !bytes.HasPrefix(head, []byte(shebang)) {
		return launcher{}, &opaqueError{path}
	}
	line, rest, _ := bytes.Cut(head[len(shebang):], []byte("\n"))
	words := strings.Fields(string(line))
	if len(words) == 0 {
		return launcher{}, &opaqueError{path}
	}
	if base(words[0]) == "sh" {
		if python, ok := preamble(path, rest); ok {
			return m.checkLaunch(path, python, nil)
		}
	}
	if base(words[0]) == "env" {
		return m.env(path, words[1:])
	}
	// A path may hold spaces on Windows, and there alone.
	if whole := strings.Trim(strings.TrimSpace(string(line)), `"`); isFile(whole) {
		words = []string{whole}
	}
	return m.checkLaunch(path, words[0], words[1:])
}

// exe finds the Python that the Windows launcher at path starts.
func (m machine) exe(path string) (launcher, error) {
	python, err := launcherPython(path)
	if err != nil {
		return launcher{}, fmt.Errorf("%q %w: %w", path, errUnreadable, err)
	}
	if python == "" {
		python = pythonBeside(path)
	}
	if python == "" {
		return launcher{}, &opaqueError{path}
	}
	if !filepath.IsAbs(python) {
		python = filepath.Join(filepath.Dir(path), python)
	}
	l, err := m.checkLaunch(path, python, nil)
	l.script = "" // the archive leads sys.path, and holds no metadata
	return l, err
}

// checkLaunch checks that python is one and can be started.
func (m machine) checkLaunch(path, python string, args []string) (launcher, error) {
	if !interpreterName.MatchString(base(python)) {
		if !isFile(python) {
			return launcher{}, &brokenError{path, python}
		}
		return launcher{}, &opaqueError{path}
	}
	if !filepath.IsAbs(python) {
		python = filepath.Join(m.dir, python)
	}
	if !executable(python) {
		return launcher{}, &brokenError{path, python}
	}
	flags, ok := letters(args)
	if !ok {
		return launcher{}, &opaqueError{path}
	}
	l := launcher{python: python, flags: flags, script: path}
	head, _ := readHead(python) // a program need not be readable to be run
	next, isShim, err := m.pyenv(python, head)
	switch {
	case err != nil:
		return launcher{}, err
	case isShim:
		l.via, l.python = []string{python}, next
	case bytes.HasPrefix(head, []byte(shebang)):
		return launcher{}, &opaqueError{path} // a script that calls itself python
	}
	return l, nil
}

// env reads "#!/usr/bin/env [-S] python3 [-E]".
func (m machine) env(path string, words []string) (launcher, error) {
	if len(words) > 0 && words[0] == "-S" {
		words = words[1:]
	}
	if len(words) == 0 || strings.HasPrefix(words[0], "-") || strings.Contains(words[0], "=") {
		return launcher{}, &opaqueError{path}
	}
	found := m.onPath(words[0])
	if len(found) == 0 {
		return launcher{}, &brokenError{path, words[0]}
	}
	return m.checkLaunch(path, found[0], words[1:])
}

// letters joins Python's single-letter options. Options that take a
// value change what is run, so they are not understood here.
func letters(args []string) (string, bool) {
	var all strings.Builder
	for _, a := range args {
		if len(a) < 2 || a[0] != '-' || strings.ContainsAny(a, "mcWX") {
			return "", false
		}
		all.WriteString(a[1:])
	}
	return all.String(), true
}

// Installers write a shell preamble where a shebang cannot hold the path of the
// interpreter (longer than 127 bytes, or with spaces): a line that the shell
// runs and that Python reads as a string. uv has a form that finds the
// interpreter beside the script.
var (
	preambleExec     = regexp.MustCompile(`^'''exec' (?:"([^"$]+)"|'([^'$]+)'|([^\s"'$]+)) "\$0" "\$@"`)
	preambleRelative = regexp.MustCompile(`^'''exec' "\$\(dirname -- "\$\(realpath -- "\$0"\)"\)"/'([^'/]+)' "\$0" "\$@"`)
)

func preamble(path string, text []byte) (string, bool) {
	if m := preambleRelative.FindSubmatch(text); m != nil {
		return filepath.Join(filepath.Dir(resolveLinks(path)), string(m[1])), true
	}
	if m := preambleExec.FindSubmatch(text); m != nil {
		return string(bytes.Join(m[1:], nil)), true // one of the three is filled
	}
	return "", false
}

// pyenvRoot is the line by which a shim says where pyenv lives.
var pyenvRoot = regexp.MustCompile(`(?m)^export PYENV_ROOT="([^"]+)"`)

// pyenv reports whether the file at path is one of pyenv's shims, and which file
// the shim would run: the selected versions in order, then the rest of PATH.
func (m machine) pyenv(path string, head []byte) (next string, isShim bool, err error) {
	if !bytes.HasPrefix(head, []byte(shebang)) || !bytes.Contains(head, []byte("pyenv")) ||
		filepath.Base(filepath.Dir(path)) != "shims" {
		return "", false, nil
	}
	root := filepath.Dir(filepath.Dir(path))
	if g := pyenvRoot.FindSubmatch(head); g != nil {
		root = string(g[1])
	}
	name := filepath.Base(path)
	chosen := m.pyenvVersions(root)
	for _, version := range chosen {
		if version == "system" {
			break
		}
		p := filepath.Join(root, "versions", pyenvInstalled(root, version), "bin", name)
		if executable(p) {
			return p, true, nil
		}
	}
	for _, p := range m.onPath(name) {
		if filepath.Dir(p) != filepath.Join(root, "shims") {
			return p, true, nil
		}
	}
	return "", true, clierr.Errorf("`pyenv whence "+name+"` names the versions that have it",
		"pyenv has no %s in the selected version %s", name, strings.Join(chosen, ":"))
}

// pyenvVersions are the versions that pyenv would use: PYENV_VERSION, else the
// nearest .python-version, else the global one.
func (m machine) pyenvVersions(root string) []string {
	if v := m.getenv("PYENV_VERSION"); v != "" {
		return strings.Split(v, ":")
	}
	for dir := m.dir; ; dir = filepath.Dir(dir) {
		if v := versionFile(filepath.Join(dir, ".python-version")); v != nil {
			return v
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	if v := versionFile(filepath.Join(root, "version")); v != nil {
		return v
	}
	return []string{"system"}
}

func versionFile(path string) []string {
	data, err := atomicfile.ReadUpTo(path, maxFile)
	if err != nil {
		return nil
	}
	var versions []string
	for line := range strings.Lines(string(data)) {
		line, _, _ = strings.Cut(line, "#")
		versions = append(versions, strings.Fields(line)...)
	}
	return versions
}

// pyenvInstalled turns a version as selected into an installed one: "3.11" is
// the newest 3.11 there is, and "python-3.11.7" is 3.11.7.
func pyenvInstalled(root, version string) string {
	plain := strings.TrimPrefix(version, "python-")
	dir := filepath.Join(root, "versions")
	for _, v := range []string{version, plain} {
		if isDir(filepath.Join(dir, v)) {
			return v
		}
	}
	var candidates []string
	for _, n := range listFolder(dir) {
		if strings.HasPrefix(n, plain+".") {
			candidates = append(candidates, n)
		}
	}
	if len(candidates) == 0 {
		return version
	}
	return slices.MaxFunc(candidates, compareNumbers)
}

// compareNumbers orders dotted numbers by value, 3.11.10 after 3.11.9.
func compareNumbers(a, b string) int {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(as), len(bs)) {
		x, _ := strconv.Atoi(as[i])
		y, _ := strconv.Atoi(bs[i])
		if c := cmp.Compare(x, y); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(as), len(bs))
}

// snapDir returns the mounted folder of the snap that path starts a program
// of, "" when path is no snap's. Every program of every snap is a link to snap
// itself, and the link's name says which: SNAP.PROGRAM, or an alias of that.
func snapDir(path string) string {
	name := ""
	for range 8 {
		to, err := os.Readlink(path)
		if err != nil {
			return ""
		}
		name = filepath.Base(path)
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		if filepath.Base(to) == "snap" {
			break
		}
		path = to
	}
	snap, _, _ := strings.Cut(name, ".")
	dir := filepath.Join(filepath.Dir(filepath.Dir(path)), snap, "current")
	if snap == "" || !isDir(dir) {
		return ""
	}
	return dir
}

// snap finds the Python inside the snap mounted at dir.
func (m machine) snap(path, dir string) (launcher, error) {
	for _, bin := range []string{"bin", "usr/bin"} {
		for _, python := range []string{"python3", "python"} {
			p := filepath.Join(dir, bin, python)
			// The link may lead into the base snap, which only the snap sees.
			if _, err := os.Lstat(p); err == nil {
				return launcher{python: p, snap: dir, via: []string{path}}, nil
			}
		}
	}
	return launcher{}, &opaqueError{path}
}
