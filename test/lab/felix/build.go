package felix

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/together"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/cache"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/gotool"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/kube"
)

const (
	felixtool = "test/lab/felixtool"              // the module that Felix is built from
	calico    = "github.com/projectcalico/calico" // where its sources are
	crds      = "libcalico-go/config/crd"         // and its resource definitions
	ldflags   = "-s -w"                           // without what only a debugger reads
)

// parts is what a node is made from.
type parts struct {
	root  debian.Root
	tools kube.Tools
	felix string // folder with the program felix and the resource definitions, crd
}

// install returns the parts, made first as far as they are missing.
func install(ctx context.Context, say func(string)) (parts, error) {
	if err := image().Available(); err != nil {
		return parts{}, fmt.Errorf("a node cannot run here: %w", err)
	}
	var p parts
	err := together.Do(ctx, 3,
		func(ctx context.Context) (err error) { p.root, err = image().Install(ctx, say); return err },
		func(ctx context.Context) (err error) { p.tools, err = kube.Build(ctx, say); return err },
		func(ctx context.Context) (err error) { p.felix, err = build(ctx, say); return err })
	return p, err
}

// build returns the folder with Felix.
func build(ctx context.Context, say func(string)) (string, error) {
	dir, err := gotool.Folder(ctx, felixtool)
	if err != nil {
		return "", err
	}
	recipe := [][]byte{[]byte(ldflags), []byte(runtime.Version())}
	for _, name := range []string{"go.mod", "go.sum", "main.go"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return "", fmt.Errorf("reading the sources of Felix: %w", err)
		}
		recipe = append(recipe, data)
	}
	return cache.Make(ctx, "felix-"+cache.Key(recipe...), func(to string) error {
		say("building Calico's Felix into the test cache (once, some minutes)")
		if _, err := gotool.Run(ctx, dir, "build", "-ldflags", ldflags, "-o", filepath.Join(to, "felix"), "."); err != nil {
			return err
		}
		sources, err := gotool.Run(ctx, dir, "list", "-m", "-f", "{{.Dir}}", calico)
		if err != nil {
			return err
		}
		return os.CopyFS(filepath.Join(to, "crd"), os.DirFS(filepath.Join(sources, crds)))
	})
}
