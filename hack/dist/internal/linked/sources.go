package linked

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/hack/dist/internal/toolchain"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/plugin"
)

// source is where the packages of a module come from.
type source struct {
	version  string // "" for Go's own library
	root     string
	dirs     []string        // of its packages that are used
	requires map[string]bool // paths of modules they import from
}

// others returns the modules that are imported from, sorted, without the one
// called path: itself.
func (s *source) others(path string) (all []string) {
	for m := range s.requires {
		if m != path {
			all = append(all, m)
		}
	}
	slices.Sort(all)
	return all
}

// sourceSet has a source for the path of each module.
type sourceSet map[string]*source

// listed is a package as `go list -deps -json` tells it.
type listed struct {
	ImportPath string
	Dir        string
	Standard   bool
	Imports    []string
	ImportMap  map[string]string
	Module     *struct{ Path, Version, Dir string }
}

func (l *listed) module() string {
	if l.Standard {
		return StandardLibrary
	}
	return l.Module.Path
}

// sources lists the packages that the one called pkg consists of on a platform,
// by module.
func sources(ctx context.Context, pkg string, p plugin.Platform) (sourceSet, error) {
	out, err := toolchain.Run(ctx, p, "list", "-deps", "-json=ImportPath,Dir,Standard,Imports,ImportMap,Module", pkg)
	if err != nil {
		return nil, err
	}
	root, err := toolchain.Run(ctx, p, "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	goroot := strings.TrimSpace(string(root))
	set, owner := sourceSet{}, map[string]string{}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var l listed
		if err := decoder.Decode(&l); errors.Is(err, io.EOF) {
			return set, nil
		} else if err != nil {
			return nil, fmt.Errorf("reading the list of packages: %w", err)
		}
		owner[l.ImportPath] = l.module()
		set.add(&l, goroot, owner)
	}
}

// add takes a package in. The list has each package after those it imports, so
// owner knows these.
func (s sourceSet) add(l *listed, goroot string, owner map[string]string) {
	src := s[l.module()]
	if src == nil {
		src = &source{root: goroot, requires: map[string]bool{}}
		if !l.Standard {
			src.version, src.root = l.Module.Version, l.Module.Dir
		}
		s[l.module()] = src
	}
	src.dirs = append(src.dirs, l.Dir)
	for _, imported := range l.Imports {
		if real, ok := l.ImportMap[imported]; ok {
			imported = real
		}
		if module, ok := owner[imported]; ok {
			src.requires[module] = true
		}
	}
}
