package clusterapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/cache"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/gotool"
)

// Helm is what Magnum's driver calls.
func Helm() gotool.Tool {
	const version = "v3.18.6"
	return gotool.Tool{Name: "helm", Version: version, Ldflags: "-s -w", Packages: []string{"helm.sh/helm/v3/cmd/helm@" + version}}
}

// modules have the custom resources, by the files in them. The provider for
// OpenStack is the last one with the version of its API that the driver reads.
var modules = map[string][]string{
	"sigs.k8s.io/cluster-api@v1.10.4": {
		"config/crd/bases/cluster.x-k8s.io_clusters.yaml",
		"config/crd/bases/cluster.x-k8s.io_machinedeployments.yaml",
		"config/crd/bases/cluster.x-k8s.io_machines.yaml",
		"controlplane/kubeadm/config/crd/bases/controlplane.cluster.x-k8s.io_kubeadmcontrolplanes.yaml",
	},
	"sigs.k8s.io/cluster-api-provider-openstack@v0.10.5": {
		"config/crd/bases/infrastructure.cluster.x-k8s.io_openstackclusters.yaml",
	},
}

// Resources is a preparation of the custom resources.
type Resources struct{}

// Unavailable returns why they can be neither used nor fetched on this machine, or
// nil.
func (Resources) Unavailable() error { return Helm().Unavailable() }

// Entry returns the name of their entry in the test cache.
func (Resources) Entry(context.Context) (string, error) {
	recipe, err := json.Marshal(modules)
	return "clusterapi-resources-" + cache.Key(recipe), err
}

// MakePart fetches them, unless they are there and whole.
func (r Resources) MakePart(ctx context.Context, say func(string)) (made bool, err error) {
	entry, err := r.Entry(ctx)
	if err != nil {
		return false, err
	}
	return cache.Make(ctx, entry, say, func(dir string) error {
		for module, files := range modules {
			if err := fetch(ctx, module, files, dir); err != nil {
				return err
			}
		}
		return nil
	})
}

// fetch copies files of a module into dir.
func fetch(ctx context.Context, module string, files []string, dir string) error {
	out, err := gotool.Run(ctx, dir, "mod", "download", "-json", module)
	if err != nil {
		return err
	}
	var found struct{ Dir string }
	if err := json.Unmarshal([]byte(out), &found); err != nil {
		return fmt.Errorf("finding %s: %w", module, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(filepath.Join(found.Dir, filepath.FromSlash(file)))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(file)), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func (r Resources) find(ctx context.Context) (string, error) {
	entry, err := r.Entry(ctx)
	if err != nil {
		return "", err
	}
	return cache.Find(entry)
}

// Available returns why no test can use helm or the custom resources, or nil.
func Available(ctx context.Context) error {
	_, helm := Helm().Find(ctx)
	_, resources := Resources{}.find(ctx)
	return errors.Join(helm, resources)
}
