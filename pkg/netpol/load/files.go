package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

// Options are how files are read.
type Options struct {
	Recursive bool              // folders with what is below them
	Namespace string            // of objects that name none; "" means "default"
	Stdin     io.Reader         // what "-" stands for
	Progress  func(objects int) // called now and then with how many there are; may be nil
}

// maxFiles bounds a folder that was not meant: a home directory, a volume.
const maxFiles = 100_000

// Files reads files, folders and, as "-", standard input. In folders the files
// that end in .yaml, .yml or .json count, as they do for kubectl. The error is
// about what could not be read; what was read but not accepted is in
// Input.Refused.
func Files(ctx context.Context, paths []string, o Options) (*Input, error) {
	list, err := listFiles(paths, o.Recursive)
	if err != nil {
		return nil, err
	}
	c := NewCollector(o.Namespace, runtime.GOMAXPROCS(0))
	c.progress = o.Progress
	for i, path := range list {
		if err = ctx.Err(); err != nil {
			break
		}
		if err = c.readFile(path, i, o.Stdin); err != nil {
			break
		}
	}
	return c.Close(), err
}

func (c *Collector) readFile(path string, index int, stdin io.Reader) error {
	if path == "-" {
		if err := c.Stream(stdin, "-", index); err != nil {
			return fmt.Errorf("reading standard input: %w", err)
		}
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("reading %q: %w", path, cause(err))
	}
	defer f.Close()
	if err := c.Stream(f, path, index); err != nil {
		return fmt.Errorf("reading %q: %w", path, cause(err))
	}
	return nil
}

// cause leaves out the path that a *fs.PathError repeats.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// walker lists the files of folders. Links to folders are followed, each folder
// once.
type walker struct {
	recursive bool
	visited   map[string]bool
	files     []string
}

func listFiles(paths []string, recursive bool) ([]string, error) {
	w := walker{recursive: recursive, visited: make(map[string]bool)}
	for _, path := range paths {
		if path == "-" {
			if !slices.Contains(w.files, "-") {
				w.files = append(w.files, path)
			}
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, clierr.WithHint(fmt.Errorf("reading %q: %w", path, cause(err)), "name a file, a folder or - for standard input")
		}
		if !info.IsDir() {
			w.files = append(w.files, path)
			continue
		}
		before := len(w.files)
		if err := w.addFolder(path, nil); err != nil {
			return nil, err
		}
		if len(w.files) == before {
			return nil, clierr.Errorf("add -R to read the folders below it too", "folder %q holds no file that ends in .yaml, .yml or .json", path)
		}
	}
	return w.files, nil
}

// addFolder lists one folder. above are the real paths of the folders it is in.
func (w *walker) addFolder(path string, above []string) error {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("reading folder %q: %w", path, cause(err))
	}
	if slices.Contains(above, real) {
		return clierr.Errorf("remove the link or name the folders one by one", "link %q leads back to folder %q", path, real)
	}
	if w.visited[real] {
		return nil
	}
	w.visited[real] = true
	entries, err := os.ReadDir(path)
	if err != nil {
		return fmt.Errorf("reading folder %q: %w", path, cause(err))
	}
	for _, e := range entries {
		if err := w.addEntry(filepath.Join(path, e.Name()), e, append(above, real)); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) addEntry(path string, e fs.DirEntry, above []string) error {
	mode := e.Type()
	if mode&fs.ModeSymlink != 0 {
		if !w.recursive && !isManifest(path) {
			return nil
		}
		info, err := os.Stat(path)
		if err != nil {
			return clierr.WithHint(fmt.Errorf("reading %q: %w", path, cause(err)), "the link leads nowhere; remove it or name the files one by one")
		}
		mode = info.Mode().Type()
	}
	switch {
	case mode.IsDir() && w.recursive:
		return w.addFolder(path, above)
	case mode.IsRegular() && isManifest(path):
		if len(w.files) >= maxFiles {
			return fmt.Errorf("more than %d files to read; name a smaller folder", maxFiles)
		}
		w.files = append(w.files, path)
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
