package cloud

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/atomicfile"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// maxConfig bounds a configuration file, in bytes.
const maxConfig = 1 << 20

// extensions are those of configuration files, best first.
var extensions = []string{".yaml", ".yml", ".json"}

// finder looks for the configuration files of OpenStack clients.
type finder struct {
	goos   string
	dir    string // the current folder; "" when there is none
	getenv func(string) string
	warn   func(format string, args ...any)
}

// load returns the clouds of the first file called stem that exists in one of the
// user's folders, and its path. Naming a file in the variable override puts it
// before all others, as openstacksdk does. No file is no error and an empty path.
func (f finder) load(stem, override, section string) (path string, clouds map[string]entry, err error) {
	candidates := f.candidates(stem)
	named := f.getenv(override)
	if named != "" {
		named = f.expand(named)
		candidates = append([]string{named}, candidates...)
	}
	for _, path := range candidates {
		clouds, err := readClouds(path, section)
		var wrong *contentError
		switch {
		case err == nil:
			return path, clouds, nil
		case errors.Is(err, fs.ErrNotExist):
			if path == named {
				f.warn("%s names %q, which does not exist", override, path)
			}
		case errors.Is(err, fs.ErrPermission):
			f.warn("%q cannot be read and is left out: permission denied", path)
		case errors.As(err, &wrong):
			return path, nil, clierr.Errorf("correct the file; values that begin with one of * & ! % @ must be quoted",
				"reading %q: %w", path, err)
		default:
			return path, nil, fmt.Errorf("reading %q: %w", path, err)
		}
	}
	return "", nil, nil
}

// contentError is the error of a file that can be read and has the wrong content.
type contentError struct{ error }

func (e *contentError) Unwrap() error { return e.error }

// readClouds reads the clouds of one file. Files that it names beside it are
// looked for there, wherever the command runs.
func readClouds(path, section string) (map[string]entry, error) {
	data, err := readBounded(path)
	if err != nil {
		return nil, err
	}
	clouds, err := parseClouds(data, section)
	if err != nil {
		return nil, &contentError{err}
	}
	for _, e := range clouds {
		e.set.anchor(filepath.Dir(path))
		for _, reg := range e.regions {
			reg.set.anchor(filepath.Dir(path))
		}
	}
	return clouds, nil
}

// anchor makes the names of files absolute.
func (s settings) anchor(dir string) {
	for _, key := range []string{"cacert", "cert", "key"} {
		if path := s[key]; path != "" && !filepath.IsAbs(path) && !strings.HasPrefix(path, "~") {
			s[key] = filepath.Join(dir, path)
		}
	}
}

// candidates lists where a file may be, best first.
func (f finder) candidates(stem string) []string {
	var files []string
	for _, dir := range f.folders() {
		for _, ext := range extensions {
			files = append(files, filepath.Join(dir, stem+ext))
		}
	}
	return files
}

// folders is the search path of openstacksdk without the current folder; the
// folders of the platform come before ~/.config. A relative one would be a part
// of the current folder and is skipped, as XDG asks for.
func (f finder) folders() []string {
	var dirs []string
	add := func(base string, below ...string) {
		if filepath.IsAbs(base) || strings.HasPrefix(base, "/") {
			dirs = append(dirs, filepath.Join(append([]string{base}, below...)...))
		}
	}
	home := f.home()
	add(f.getenv("XDG_CONFIG_HOME"), "openstack")
	switch {
	case f.goos == "windows":
		add(f.getenv("LOCALAPPDATA"), "OpenStack", "openstack")
		add(f.getenv("APPDATA"), "openstack")
	case f.goos == "darwin" && home != "":
		add(home, "Library", "Application Support", "openstack")
	}
	if home != "" {
		add(home, ".config", "openstack")
	}
	for _, dir := range filepath.SplitList(f.getenv("XDG_CONFIG_DIRS")) {
		add(dir, "openstack")
	}
	switch f.goos {
	case "windows":
		add(f.getenv("PROGRAMDATA"), "OpenStack", "openstack")
	case "darwin":
		add("/Library/Application Support/openstack")
		add("/etc/openstack")
	default:
		add("/etc/xdg/openstack")
		add("/etc/openstack")
	}
	return dirs
}

// home returns the home folder, "" when the environment has none.
func (f finder) home() string {
	if f.goos == "windows" {
		return cmp.Or(f.getenv("USERPROFILE"), f.getenv("HOME"))
	}
	return cmp.Or(f.getenv("SNAP_REAL_HOME"), f.getenv("HOME"))
}

// expand resolves a leading ~ and makes path relative to the current folder.
func (f finder) expand(path string) string {
	if rest, ok := strings.CutPrefix(path, "~"); ok && (rest == "" || rest[0] == '/' || rest[0] == filepath.Separator) {
		if home := f.home(); home != "" {
			return filepath.Join(home, rest)
		}
	}
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(f.dir, path)
}

// readBounded reads a file that may also be a pipe, up to maxConfig bytes. A
// folder counts as no file.
func readBounded(path string) ([]byte, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() || errors.Is(err, errNotDir) {
		return nil, fs.ErrNotExist
	}
	data, err := atomicfile.ReadUpTo(path, maxConfig)
	if err != nil {
		return nil, reason(err)
	}
	return data, nil
}

// reason strips operation and path from a file error, which the caller names.
func reason(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
