package prereq

import (
	"bytes"
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/atomicfile"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// pyenvRoot is the line by which a shim says where pyenv lives.
var pyenvRoot = regexp.MustCompile(`(?m)^export PYENV_ROOT="([^"]+)"`)

// pyenv says whether the file at path is one of pyenv's shims, and which file
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
	data, err := atomicfile.ReadUpTo(path, maxMetadata)
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
	for _, n := range names(dir) {
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
