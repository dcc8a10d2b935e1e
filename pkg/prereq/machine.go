package prereq

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	headSize = 4096 // enough for a shebang and for pip's shell preamble
	shebang  = "#!"
	maxFile  = 1 << 20 // more than any file of metadata or settings has
)

// machine is the part of this machine that the search may read.
type machine struct {
	environ  []string
	dir      string
	patience time.Duration
}

// getenv returns a variable of the environment, "" when it is not set. Windows
// does not tell PATH from Path.
func (m machine) getenv(name string) string {
	for i := len(m.environ) - 1; i >= 0; i-- {
		key, value, _ := strings.Cut(m.environ[i], "=")
		if key == name || runtime.GOOS == "windows" && strings.EqualFold(key, name) {
			return value
		}
	}
	return ""
}

// onPath lists every program called name on PATH, the one that runs first
// first. A file reachable under one path only counts once. Entries that are not
// absolute are skipped: a program of the current folder may be anybody's.
func (m machine) onPath(name string) []string {
	var found []string
	seen := map[string]bool{}
	for _, dir := range filepath.SplitList(m.getenv("PATH")) {
		if !filepath.IsAbs(dir) {
			continue
		}
		for _, ext := range m.extensions() {
			path := filepath.Join(dir, name+ext)
			if !seen[path] && executable(path) {
				seen[path] = true
				found = append(found, path)
			}
		}
	}
	return found
}

// relativeEntries lists the entries of PATH that onPath skips; an empty one is the
// current folder.
func (m machine) relativeEntries() []string {
	var list []string
	for _, dir := range filepath.SplitList(m.getenv("PATH")) {
		if !filepath.IsAbs(dir) && !slices.Contains(list, dir) {
			list = append(list, dir)
		}
	}
	return list
}

// adviceOnPath names the entries of PATH that were skipped.
func (m machine) adviceOnPath() []string {
	var quoted []string
	for _, dir := range m.relativeEntries() {
		quoted = append(quoted, strconv.Quote(dir))
	}
	if quoted == nil {
		return nil
	}
	return []string{"PATH has entries that are not absolute, which are skipped here because whoever made the current folder decides what they run: " +
		strings.Join(quoted, ", ") + "; take them out of PATH"}
}

// extensions are the endings that make a file a program: none but on Windows.
func (m machine) extensions() []string {
	if runtime.GOOS != "windows" {
		return []string{""}
	}
	list := m.getenv("PATHEXT")
	if list == "" {
		list = ".COM;.EXE;.BAT;.CMD"
	}
	return strings.Split(strings.ToLower(list), ";")
}

// executable reports whether path is a file that the system would run.
func executable(path string) bool {
	info, err := os.Stat(path)
	if err != nil || info.IsDir() {
		return false
	}
	return runtime.GOOS == "windows" || info.Mode()&0o111 != 0
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// listFolder lists a folder in the order in which the system returns it, which is
// the order in which Python sees it. Nil when it cannot be read.
func listFolder(dir string) []string {
	f, err := os.Open(dir)
	if err != nil {
		return nil
	}
	defer f.Close()
	list, err := f.Readdirnames(-1)
	if err != nil {
		return nil
	}
	return list
}

// resolveLinks follows the links of path; a dangling link is followed as far as it goes.
func resolveLinks(path string) string {
	if p, err := filepath.EvalSymlinks(path); err == nil {
		return p
	}
	for range 40 { // as deep as Linux follows
		info, err := os.Lstat(path)
		if err != nil || info.Mode()&fs.ModeSymlink == 0 {
			return path
		}
		to, err := os.Readlink(path)
		if err != nil {
			return path
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return path
}

func readHead(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, headSize)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return head[:n], nil
}

// base is the last element of a path of either system: a Windows launcher names
// its interpreter in Windows' way.
func base(path string) string {
	if i := strings.LastIndexAny(path, `/\`); i >= 0 {
		return path[i+1:]
	}
	return path
}
