package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/netpol/load/internal/kustomize"
)

// Options are how files are read.
type Options struct {
	Recursive bool              // folders with what is below them
	Exclude   []string          // patterns of files and folders to leave out of folders
	Namespace string            // of objects that name none; "" means "default"
	Stdin     io.Reader         // what "-" stands for
	Progress  func(objects int) // called now and then with how many there are; may be nil
	// Transport fetches what is named by its address; nil means over the network,
	// with the certificates that the system trusts.
	Transport http.RoundTripper
}

// rendered marks the name of a kustomization whose objects were read: lines are
// those of what kubectl made of it.
const rendered = " (rendered)"

// ManifestFile returns the file on the disk that an object was read from, and the
// line there. Objects that were rendered have no line of their own.
func ManifestFile(file string, line int) (string, int) {
	if path, ok := strings.CutSuffix(file, rendered); ok {
		return path, 1
	}
	return file, line
}

// Files reads files, folders, addresses that begin with https:// and, as "-",
// standard input. In folders the files that end in .yaml, .yml or .json count, as
// they do for kubectl. A folder with a kustomization is what kubectl makes of it.
// The error is about what could not be read; what was read but not accepted is in
// Input.Refused.
func Files(ctx context.Context, paths []string, o Options) (*Input, error) {
	w := walker{recursive: o.Recursive, exclude: o.Exclude, visited: make(map[string]bool)}
	if err := checkPatterns(o.Exclude); err != nil {
		return nil, err
	}
	if err := w.addPaths(paths); err != nil {
		return nil, err
	}
	c := NewCollector(o.Namespace, runtime.GOMAXPROCS(0))
	c.progress = o.Progress
	c.charts = w.charts
	var err error
	for i, t := range w.targets() {
		if err = ctx.Err(); err != nil {
			break
		}
		if err = c.readTarget(ctx, t, i, o); err != nil {
			break
		}
	}
	return c.Close(), err
}

func (c *Collector) readTarget(ctx context.Context, t target, index int, o Options) error {
	switch {
	case t.kustomization != nil:
		return c.readKustomization(ctx, t.kustomization, index)
	case isURL(t.path):
		return c.readURL(ctx, t.path, index, o.Transport)
	case t.path == "-":
		if err := c.Stream(o.Stdin, "-", index); err != nil {
			return fmt.Errorf("reading standard input: %w", err)
		}
		return nil
	}
	f, err := os.Open(t.path)
	if err != nil {
		return fmt.Errorf("reading %q: %w", t.path, cause(err))
	}
	defer f.Close()
	if _, _, err := c.read(f, &source{name: t.path, index: index, found: t.found}); err != nil {
		return fmt.Errorf("reading %q: %w", t.path, cause(err))
	}
	return nil
}

// readKustomization reads what kubectl makes of a kustomization. Without that,
// nothing of it is read: its files alone are not what anybody deploys.
func (c *Collector) readKustomization(ctx context.Context, root *kustomize.Root, index int) error {
	program, err := exec.LookPath("kubectl")
	if err != nil {
		err = errors.New("kubectl renders it, and there is none on PATH")
	}
	var manifests []byte
	if err == nil {
		manifests, err = root.Build(ctx, program)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		c.mu.Lock()
		c.names[root.File] = index
		c.mu.Unlock()
		c.refuse(Refusal{File: root.File, Msg: fmt.Sprintf("%v; to render it yourself: kubectl kustomize %s | kubectl catalyst network-policy check -f -", err, root.Dir)})
		return nil
	}
	return c.Stream(bytes.NewReader(manifests), root.File+rendered, index)
}

// cause leaves out the path that a *fs.PathError repeats.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
