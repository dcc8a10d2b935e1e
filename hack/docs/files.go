package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/coehelper"
)

// The folders that hold generated pages and nothing else.
const (
	markdownDir = "docs/reference"
	manDir      = "docs/man"
)

// pages are the contents of generated files by their path in the project, with
// slashes.
type pages map[string][]byte

// render makes all pages from the command trees.
func render() (pages, error) {
	helper, err := coehelper.Tree()
	if err != nil {
		return nil, err
	}
	programs := []*command{describe(catalyst.Tree(), nil), describe(helper, nil)}
	out := pages{path.Join(markdownDir, "README.md"): index(programs)}
	for _, program := range programs {
		for c := range program.all() {
			out[path.Join(markdownDir, c.file()+".md")] = markdown(c)
			out[path.Join(manDir, c.file()+".1")] = man(c)
		}
	}
	return out, nil
}

// write brings the folders of the project at root up to date; what no command
// is called any more is removed.
func (p pages) write(root string) error {
	stale, err := p.drift(root)
	if err != nil {
		return err
	}
	for _, name := range stale {
		file := filepath.Join(root, filepath.FromSlash(name))
		data, wanted := p[name]
		if !wanted {
			if err := os.Remove(file); err != nil {
				return err
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// drift names the files that differ from the pages, are missing, or are left
// over, in order.
func (p pages) drift(root string) ([]string, error) {
	var names []string
	for name, want := range p {
		got, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if err != nil || !bytes.Equal(got, want) {
			names = append(names, name)
		}
	}
	for _, dir := range []string{markdownDir, manDir} {
		entries, err := os.ReadDir(filepath.Join(root, filepath.FromSlash(dir)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("looking for pages: %w", err)
		}
		for _, e := range entries {
			if _, wanted := p[path.Join(dir, e.Name())]; !wanted {
				names = append(names, path.Join(dir, e.Name()))
			}
		}
	}
	slices.Sort(names)
	return names, nil
}
