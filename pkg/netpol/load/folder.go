package load

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/kustomize"
)

// maxFiles bounds a folder that was not meant: a home directory, a volume.
const maxFiles = 100_000

// target is one thing to read.
type target struct {
	path          string          // a file, an address or "-"
	found         bool            // in a folder, where not every file is meant
	kustomization *kustomize.Root // instead of a file
}

// walker lists what is to be read. Links to folders are followed, each folder
// once.
type walker struct {
	recursive bool
	exclude   []string
	visited   map[string]bool // real paths of folders
	all       []target
	charts    []string // folders of Helm charts, which nothing renders
	excluded  int
}

// targets returns what is to be read: of kustomizations, those that no other one
// builds on. A component alone is nothing.
func (w *walker) targets() []target {
	used := make(map[string]bool)
	for _, t := range w.all {
		if t.kustomization != nil {
			for _, dir := range t.kustomization.Folders {
				used[realPath(dir)] = true
			}
		}
	}
	return slices.DeleteFunc(w.all, func(t target) bool {
		k := t.kustomization
		return k != nil && t.found && (k.Component || used[realPath(k.Dir)])
	})
}

// realPath returns a path without links; the path itself where there is no such
// file.
func realPath(path string) string {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return path
	}
	if absolute, err := filepath.Abs(real); err == nil {
		return absolute
	}
	return real
}

func (w *walker) addPaths(paths []string) error {
	for _, path := range paths {
		if path == "-" || isURL(path) {
			if !slices.ContainsFunc(w.all, func(t target) bool { return t.path == path }) {
				w.all = append(w.all, target{path: path})
			}
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return clierr.WithHint(fmt.Errorf("reading %q: %w", path, cause(err)), "name a file, a folder, an address that begins with https://, or - for standard input")
		}
		if err := w.addNamed(path, info.IsDir()); err != nil {
			return err
		}
	}
	return nil
}

// addNamed adds a file or folder that was named. To name a kustomization is to
// name its folder.
func (w *walker) addNamed(path string, isDir bool) error {
	if !isDir && slices.Contains(kustomize.Names, filepath.Base(path)) {
		root, err := kustomize.Find(filepath.Dir(path))
		if err != nil {
			return err
		}
		if root != nil && filepath.Base(root.File) == filepath.Base(path) {
			w.all = append(w.all, target{kustomization: root})
			return nil
		}
	}
	if !isDir {
		w.all = append(w.all, target{path: path})
		return nil
	}
	before, charts, excluded := len(w.all), len(w.charts), w.excluded
	if err := w.addFolder(folder{path: path, top: path}); err != nil {
		return err
	}
	switch {
	case len(w.all) > before:
	case len(w.charts) > charts:
		return clierr.Errorf("render it: "+chartCommand(w.charts[charts]), "folder %q is a Helm chart, not manifests", w.charts[charts])
	case w.excluded > excluded:
		return clierr.Errorf("exclude less", "--exclude leaves nothing of folder %q", path)
	default:
		return clierr.Errorf("add -R to read the folders below it too", "folder %q holds no file that ends in .yaml, .yml or .json", path)
	}
	return nil
}

// chartCommand is the command that reads a Helm chart. Only who deploys it knows
// with which values, so it is never rendered unasked.
func chartCommand(dir string) string {
	return "helm template " + dir + " | kubectl catalyst network-policy check -f -"
}

// folder is a folder that is walked.
type folder struct {
	path  string
	top   string   // the folder that was named
	above []string // real paths of the folders it is in
	// rendered: a kustomization further up says what of it counts, so that only
	// other kustomizations are looked for.
	rendered bool
}

// addFolder lists one folder.
func (w *walker) addFolder(f folder) error {
	real, err := filepath.EvalSymlinks(f.path)
	if err != nil {
		return fmt.Errorf("reading folder %q: %w", f.path, cause(err))
	}
	if slices.Contains(f.above, real) {
		return clierr.Errorf("remove the link or name the folders one by one", "link %q leads back to folder %q", f.path, real)
	}
	if w.visited[real] {
		return nil
	}
	w.visited[real] = true
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return fmt.Errorf("reading folder %q: %w", f.path, cause(err))
	}
	if slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == "Chart.yaml" }) {
		if !f.rendered { // a kustomization may hold the charts that it was made from
			w.charts = append(w.charts, f.path)
		}
		return nil
	}
	root, err := kustomize.Find(f.path)
	if err != nil {
		return clierr.WithHint(err, "correct it, or leave it out with --exclude")
	}
	if root != nil {
		w.all = append(w.all, target{kustomization: root, found: f.path != f.top})
		f.rendered = true
	}
	f.above = append(f.above, real)
	for _, e := range entries {
		if err := w.addEntry(f, e); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) addEntry(f folder, e fs.DirEntry) error {
	at := filepath.Join(f.path, e.Name())
	if w.excludes(f.top, at) {
		w.excluded++
		return nil
	}
	mode := e.Type()
	if mode&fs.ModeSymlink != 0 {
		if !w.recursive && !isManifest(at) {
			return nil
		}
		info, err := os.Stat(at)
		if err != nil {
			return clierr.WithHint(fmt.Errorf("reading %q: %w", at, cause(err)), "the link leads nowhere; remove it or name the files one by one")
		}
		mode = info.Mode().Type()
	}
	switch {
	case mode.IsDir() && w.recursive && !strings.HasPrefix(e.Name(), "."):
		f.path = at
		return w.addFolder(f)
	case mode.IsRegular() && isManifest(at) && !f.rendered:
		if len(w.all) >= maxFiles {
			return fmt.Errorf("more than %d files to read; name a smaller folder", maxFiles)
		}
		w.all = append(w.all, target{path: at, found: true})
	}
	return nil
}

// excludes reports whether a pattern matches a file or folder in the folder that
// was named. One without a slash is held against the name, one with a slash
// against the path below that folder: as path.Match does it.
func (w *walker) excludes(top, at string) bool {
	rel, err := filepath.Rel(top, at)
	if err != nil {
		return false
	}
	rel = filepath.ToSlash(rel)
	for _, pattern := range w.exclude {
		name := rel
		if !strings.Contains(pattern, "/") {
			name = path.Base(rel)
		}
		if ok, err := path.Match(pattern, name); err == nil && ok {
			return true
		}
	}
	return false
}

// checkPatterns refuses patterns that cannot be read: they would leave nothing out.
func checkPatterns(patterns []string) error {
	for _, pattern := range patterns {
		if _, err := path.Match(pattern, ""); err != nil || pattern == "" {
			return clierr.New(clierr.Usage, "as in --exclude 'values*.yaml' or --exclude overlays/dev", "%q is not a pattern of files", pattern)
		}
	}
	return nil
}

func isManifest(path string) bool {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}
