package prereq

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/atomicfile"
)

// search is sys.path under construction: folders in order, each once.
type search struct {
	dirs []string
	seen map[string]bool
}

func (s *search) add(dir string) bool {
	dir = filepath.Clean(dir)
	if s.seen[dir] {
		return false
	}
	s.seen[dir] = true
	s.dirs = append(s.dirs, dir)
	return true
}

// sysPath returns the sys.path of the program that l starts with p.
func (m machine) sysPath(l launcher, p python) []string {
	s := &search{seen: map[string]bool{}}
	isolated := strings.Contains(l.flags, "I")
	env := m.getenv
	if isolated || strings.Contains(l.flags, "E") {
		env = func(string) string { return "" }
	}
	if l.script != "" && !isolated && !strings.Contains(l.flags, "P") && env("PYTHONSAFEPATH") == "" {
		s.add(filepath.Dir(resolveLinks(l.script)))
	}
	for _, dir := range filepath.SplitList(env("PYTHONPATH")) {
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(m.dir, dir)
		}
		s.add(dir)
	}
	for _, dir := range p.standard() {
		s.add(dir)
	}
	if strings.Contains(l.flags, "S") {
		return s.dirs
	}
	if p.venv {
		s.addSites(p.sites(p.prefix))
	}
	if (!p.venv || p.system) && !isolated && !strings.Contains(l.flags, "s") && env("PYTHONNOUSERSITE") == "" {
		s.addSites(m.userSite(p))
	}
	if !p.venv || p.system {
		s.addSites(p.sites(p.base))
	}
	if l.snap != "" {
		s.addSites(snapSites(l.snap, p))
	}
	return s.dirs
}

// standard are the folders of the standard library.
func (p python) standard() []string {
	if p.windows {
		return []string{filepath.Join(p.base, "Lib")}
	}
	return []string{filepath.Join(p.base, p.platlib, p.lib)}
}

// sites are the folders below prefix in which packages are installed, in
// site.py's order, with the changes that Debian, Fedora and Homebrew make to it.
func (p python) sites(prefix string) []string {
	if p.windows {
		return []string{prefix, filepath.Join(prefix, "Lib", "site-packages")}
	}
	under := func(parts ...string) string { return filepath.Join(append([]string{prefix}, parts...)...) }
	usual := []string{under("lib", p.lib, "site-packages")}
	fedora := []string{under("local", "lib", p.lib, "site-packages")}
	if p.platlib == "lib64" {
		usual = slices.Insert(usual, 0, under("lib64", p.lib, "site-packages"))
		fedora = slices.Insert(fedora, 0, under("local", "lib64", p.lib, "site-packages"))
	}
	debian := []string{
		under("local", "lib", p.lib, "dist-packages"),
		under("lib", "python3", "dist-packages"),
		under("lib", p.lib, "dist-packages"),
	}
	if strings.HasPrefix(p.lib, "python2") {
		debian = slices.Delete(debian, 1, 2)
	}
	if isDir(filepath.Join(p.base, "lib", "python3", "dist-packages")) {
		if p.venv {
			return append(usual, debian...)
		}
		return debian
	}
	list := usual
	if !p.venv {
		list = append(fedora, usual...)
	}
	if brew, _, ok := strings.Cut(prefix, "/Cellar/python"); ok {
		list = append(list, filepath.Join(brew, "lib", p.lib, "site-packages"))
	}
	return list
}

// userSite is the folder where pip install --user puts packages.
func (m machine) userSite(p python) []string {
	home := m.getenv("HOME")
	userBase := m.getenv("PYTHONUSERBASE")
	switch {
	case p.windows:
		if userBase == "" {
			userBase = filepath.Join(m.getenv("APPDATA"), "Python")
		}
		return []string{filepath.Join(userBase, "Python"+strings.ReplaceAll(p.version(), ".", ""), "site-packages")}
	case strings.Contains(p.base, "Python.framework"):
		if userBase == "" {
			userBase = filepath.Join(home, "Library", "Python", p.version())
		}
		return []string{filepath.Join(userBase, "lib", "python", "site-packages")}
	}
	if userBase == "" {
		if home == "" {
			return nil
		}
		userBase = filepath.Join(home, ".local")
	}
	return []string{filepath.Join(userBase, "lib", p.lib, "site-packages")}
}

// snapSites are the folders that a snap's Python is pointed to by the snap's
// own environment.
func snapSites(dir string, p python) []string {
	return []string{
		filepath.Join(dir, "lib", p.lib, "site-packages"),
		filepath.Join(dir, "usr", "lib", "python3", "dist-packages"),
	}
}

// addSites adds folders and what their .pth files add.
func (s *search) addSites(dirs []string) {
	for _, dir := range dirs {
		if !isDir(dir) || !s.add(dir) {
			continue
		}
		files := listFolder(dir)
		slices.Sort(files)
		for _, n := range files {
			if strings.HasSuffix(n, ".pth") {
				s.addPth(dir, n)
			}
		}
	}
}

// addSite is the one import line whose meaning can be known without running it;
// Homebrew writes it.
var addSite = regexp.MustCompile(`site\.addsitedir\(["']([^"']+)["']\)`)

// addPth reads a .pth file: each line a folder to add, if it exists. Lines that
// are code are left to Python.
func (s *search) addPth(dir, name string) {
	data, err := atomicfile.ReadUpTo(filepath.Join(dir, name), maxFile)
	if err != nil {
		return
	}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, " \t\r\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if strings.HasPrefix(line, "import ") || strings.HasPrefix(line, "import\t") {
			if g := addSite.FindStringSubmatch(line); g != nil {
				s.addSites([]string{g[1]})
			}
			continue
		}
		if !filepath.IsAbs(line) {
			line = filepath.Join(dir, line)
		}
		if _, err := os.Stat(line); err == nil {
			s.add(line)
		}
	}
}
