package cloud

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// maxConfig bounds a configuration file, in bytes.
const maxConfig = 1 << 20

// finder looks for the configuration files of OpenStack clients.
type finder struct {
	goos   string
	dir    string // the current folder, "" for the process's own
	getenv func(string) string
	warn   func(format string, args ...any)
}

func (o Options) finder(warn func(string, ...any)) finder {
	return finder{goos: runtime.GOOS, dir: o.Dir, getenv: o.Getenv, warn: warn}
}

// load returns the clouds of the first file called stem that exists, and its
// path. Naming a file in the variable override puts it before all others, as
// openstacksdk does. No file is no error and an empty path.
func (f finder) load(stem, override, section string) (path string, clouds map[string]entry, err error) {
	candidates := f.candidates(stem)
	named := f.getenv(override)
	if named != "" {
		named = f.expand(named)
		candidates = append([]string{named}, candidates...)
	}
	for _, path := range candidates {
		data, err := readBounded(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if path == named {
				f.warn("%s names %q, which does not exist", override, path)
			}
			continue
		case errors.Is(err, fs.ErrPermission):
			f.warn("%q cannot be read and is left out: permission denied", path)
			continue
		case err != nil:
			return path, nil, fmt.Errorf("reading %q: %w", path, err)
		}
		clouds, err := parseClouds(data, section)
		if err != nil {
			return path, nil, clierr.Errorf("correct the file; values that begin with one of * & ! % @ must be quoted",
				"reading %q: %w", path, err)
		}
		return path, clouds, nil
	}
	return "", nil, nil
}

// candidates lists where a file may be, best first: the search path of
// openstacksdk, in which the folders of the platform come before ~/.config.
func (f finder) candidates(stem string) []string {
	dirs := []string{f.dir}
	add := func(base string, below ...string) {
		if base != "" {
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
	var files []string
	for _, dir := range dirs {
		for _, ext := range []string{".yaml", ".yml", ".json"} {
			files = append(files, filepath.Join(dir, stem+ext))
		}
	}
	return files
}

// home returns the home folder, "" when the environment has none.
func (f finder) home() string {
	if f.goos == "windows" {
		return first(f.getenv("USERPROFILE"), f.getenv("HOME"))
	}
	return first(f.getenv("SNAP_REAL_HOME"), f.getenv("HOME"))
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

// readBounded reads a file that may also be a pipe, up to maxConfig bytes.
func readBounded(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		if errors.Is(err, errNotDir) {
			return nil, fs.ErrNotExist
		}
		return nil, reason(err)
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, fs.ErrNotExist
	}
	data, err := io.ReadAll(io.LimitReader(file, maxConfig+1))
	if err != nil {
		return nil, reason(err)
	}
	if len(data) > maxConfig {
		return nil, fmt.Errorf("larger than %d bytes", maxConfig)
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
