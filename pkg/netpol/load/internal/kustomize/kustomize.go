// Package kustomize finds kustomizations and has kubectl render them. A file may
// be anybody's, so nothing is fetched and no program is started because it says
// so: what a kustomization builds on must lie on the disk.
package kustomize

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/atomicfile"
)

// Names are those under which kustomize looks for a kustomization.
var Names = []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}

// maxFile bounds a kustomization, and what it configures generators with.
const maxFile = 1 << 20

// Root is a folder with a kustomization.
type Root struct {
	Dir  string
	File string // the kustomization
	// Folders are the folders that it builds on, as kustomizations of their own.
	Folders []string
	// Component: it is made to be a part of others, and of no use alone.
	Component bool

	content *yaml.Node
}

// Find returns the kustomization of a folder; nil when there is none. An object of
// Flux may lie in a file of that name.
func Find(dir string) (*Root, error) {
	for _, name := range Names {
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
			continue
		}
		return read(dir, file)
	}
	return nil, nil
}

func read(dir, file string) (*Root, error) {
	data, err := atomicfile.ReadUpTo(file, maxFile)
	if err != nil {
		return nil, fmt.Errorf("reading %q: %w", file, err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("reading %q: %w", file, err)
	}
	r := &Root{Dir: dir, File: file, content: &yaml.Node{Kind: yaml.MappingNode}}
	if len(doc.Content) > 0 {
		r.content = doc.Content[0]
	}
	if strings.Contains(field(r.content, "apiVersion").Value, "toolkit.fluxcd.io") {
		return nil, nil
	}
	r.Component = field(r.content, "kind").Value == "Component"
	for _, key := range []string{"resources", "bases", "components", "generators", "transformers", "validators"} {
		for _, entry := range field(r.content, key).Content {
			path := filepath.Join(dir, filepath.FromSlash(entry.Value))
			if info, err := os.Stat(path); err == nil && info.IsDir() {
				r.Folders = append(r.Folders, path)
			}
		}
	}
	return r, nil
}

// field returns the value of a key of a mapping; an empty node when there is none.
func field(n *yaml.Node, key string) *yaml.Node {
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				return n.Content[i+1]
			}
		}
	}
	return &yaml.Node{}
}

// checkLocal refuses a kustomization that fetches something or starts a program,
// whether it does so itself or something that it builds on does.
func (r *Root) checkLocal(seen map[string]bool) error {
	if seen[r.Dir] {
		return nil // kustomize itself refuses circles
	}
	seen[r.Dir] = true
	for _, key := range []string{"helmCharts", "helmChartInflationGenerator"} {
		if field(r.content, key).Kind != 0 {
			return fmt.Errorf("%q renders Helm charts (%s), which kubectl does not do by itself", r.File, key)
		}
	}
	if at := findRemote(r.content); at != "" {
		return fmt.Errorf("%q fetches %q, and nothing is fetched because a file says so", r.File, at)
	}
	if err := r.checkPlugins(); err != nil {
		return err
	}
	for _, dir := range r.Folders {
		base, err := Find(dir)
		if err == nil && base != nil {
			err = base.checkLocal(seen)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkPlugins refuses addresses in the files that configure generators and the
// like: they may be told to load from them.
func (r *Root) checkPlugins() error {
	for _, key := range []string{"generators", "transformers", "validators"} {
		for _, entry := range field(r.content, key).Content {
			text := entry.Value
			if path := filepath.Join(r.Dir, filepath.FromSlash(entry.Value)); !strings.Contains(text, "\n") {
				info, err := os.Stat(path)
				if err != nil || !info.Mode().IsRegular() {
					continue
				}
				data, err := atomicfile.ReadUpTo(path, maxFile)
				if err != nil {
					return fmt.Errorf("reading %q: %w", path, err)
				}
				text = string(data)
			}
			if strings.Contains(text, "://") {
				return fmt.Errorf("%q has %s with addresses in them, and nothing is fetched because a file says so", r.File, key)
			}
		}
	}
	return nil
}

// plainText are the fields of a kustomization, at any depth, from which nothing is
// loaded, whatever their text looks like.
var plainText = []string{
	"literals", "patch", "labels", "commonLabels", "commonAnnotations", "annotations", "images", "vars", "metadata",
	"generatorOptions", "options", "namePrefix", "nameSuffix", "namespace", "replicas", "buildMetadata", "sortOptions",
	"target", "targets", "select", "source", "fieldPaths", "pairs",
}

// findRemote returns an entry that leads elsewhere than to the disk, or "".
func findRemote(n *yaml.Node) string {
	switch n.Kind {
	case yaml.ScalarNode:
		text := n.Value
		if _, path, ok := strings.Cut(text, "="); ok && !strings.Contains(text, "?") {
			text = path // key=file, as generators take it
		}
		if isRemote(text) {
			return n.Value
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if slices.Contains(plainText, n.Content[i].Value) {
				continue
			}
			if at := findRemote(n.Content[i+1]); at != "" {
				return at
			}
		}
	case yaml.SequenceNode:
		for _, entry := range n.Content {
			if at := findRemote(entry); at != "" {
				return at
			}
		}
	case yaml.AliasNode:
		return findRemote(n.Alias)
	}
	return ""
}

// isRemote reports whether kustomize may take a path for an address: of a file on
// a server, or of a repository. What spans lines or begins as an object is an
// inline patch.
func isRemote(path string) bool {
	if strings.ContainsAny(path, "\n{[") {
		return false
	}
	lower := strings.ToLower(path)
	for _, prefix := range []string{"git@", "git::", "gh:", "oci:", "github.com/", "github.com:", "www.", "s3::", "gcs::", "hg::"} {
		if strings.HasPrefix(lower, prefix) {
			return true
		}
	}
	return strings.Contains(path, "://") || strings.Contains(lower, ".git/") || strings.Contains(lower, "?ref=") || strings.HasSuffix(lower, ".git")
}
