package felix

import (
	"context"
	"os"
	"path/filepath"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
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

// find returns the parts, which must have been prepared.
func find(ctx context.Context) (p parts, err error) {
	if err := Image().Available(); err != nil {
		return parts{}, err
	}
	if p.root, err = Image().Root(); err != nil {
		return parts{}, err
	}
	if p.tools, err = kube.Find(ctx); err != nil {
		return parts{}, err
	}
	p.felix, err = Program().Find(ctx)
	return p, err
}

// Program is Felix itself, with the definitions of Calico's resources.
func Program() gotool.Tool {
	return gotool.Tool{
		Name: "calico-felix", Module: felixtool, Ldflags: ldflags,
		Packages: []string{"."}, Finish: finish,
	}
}

// finish names the program felix, and copies the resource definitions.
func finish(ctx context.Context, module, to string) error {
	if err := os.Rename(filepath.Join(to, "felixtool"), filepath.Join(to, "felix")); err != nil {
		return err
	}
	sources, err := gotool.Run(ctx, module, "list", "-m", "-f", "{{.Dir}}", calico)
	if err != nil {
		return err
	}
	return os.CopyFS(filepath.Join(to, "crd"), os.DirFS(filepath.Join(sources, crds)))
}
