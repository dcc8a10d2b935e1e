package clusterapi

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/proc"
)

//go:embed files/chart
var files embed.FS

// addons are the kinds that the driver lists and that no Go module has.
var addons = map[string]string{"manifests": "Manifests", "helmreleases": "HelmRelease"}

// Management is the cluster that Magnum's driver talks to.
type Management struct {
	server *kube.APIServer
	port   *proc.Port
}

// Start starts the management cluster's API server and returns when it knows all
// kinds. Into the folder shared, which Magnum sees as well, go helm, the chart and
// a kubeconfig.
func Start(ctx context.Context, plane *kube.Plane, shared string) (*Management, error) {
	m := &Management{}
	err := m.start(ctx, plane, shared)
	if err != nil {
		m.Release()
		return nil, fmt.Errorf("starting the management cluster: %w", err)
	}
	return m, nil
}

func (m *Management) start(ctx context.Context, plane *kube.Plane, shared string) (err error) {
	if m.port, err = proc.Reserve(); err != nil {
		return err
	}
	ca, err := newAuthority()
	if err != nil {
		return err
	}
	if err := m.furnish(ctx, ca, shared); err != nil {
		return err
	}
	if m.server, err = plane.WithoutWebhook().Serve(ctx, "management", m.port, ca); err != nil {
		return err
	}
	return m.define(ctx)
}

// Release gives the port back. The plane's group ends the process.
func (m *Management) Release() {
	if m.port != nil {
		m.port.Release()
	}
}

// furnish writes what Magnum's driver needs.
func (m *Management) furnish(ctx context.Context, ca *authority, shared string) error {
	chart, err := fs.Sub(files, "files/chart")
	if err != nil {
		return err
	}
	if err := os.CopyFS(filepath.Join(shared, "chart"), chart); err != nil {
		return err
	}
	tools, err := Helm().Find(ctx)
	if err != nil {
		return err
	}
	if err := link(filepath.Join(tools, "helm"), filepath.Join(shared, "helm")); err != nil {
		return err
	}
	certificate, key, err := ca.administrator()
	if err != nil {
		return err
	}
	named := func(kind string, what any) []any { return []any{map[string]any{"name": "management", kind: what}} }
	config, err := json.Marshal(map[string]any{
		"apiVersion": "v1", "kind": "Config", "current-context": "management",
		"clusters": named("cluster", map[string]any{"server": "https://" + m.port.Addr(), "certificate-authority-data": ca.certificate}),
		"users":    named("user", map[string]any{"client-certificate-data": certificate, "client-key-data": key}),
		"contexts": named("context", map[string]any{"cluster": "management", "user": "management"}),
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(shared, "kubeconfig"), config, 0o600)
}

// link makes a second name of a large file, or a copy where that cannot be.
func link(from, to string) error {
	if os.Link(from, to) == nil {
		return nil
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o700)
}

// define makes the custom resources, and returns when they can be listed.
func (m *Management) define(ctx context.Context) error {
	dir, err := Resources{}.find(ctx)
	if err != nil {
		return err
	}
	names, err := filepath.Glob(filepath.Join(dir, "*_*.yaml"))
	if err != nil {
		return err
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if err := m.defineOne(ctx, "application/yaml", data); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(name), err)
		}
	}
	for plural, kind := range addons {
		data, err := json.Marshal(addon(plural, kind))
		if err != nil {
			return err
		}
		if err := m.defineOne(ctx, "application/json", data); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
	}
	return proc.Ready(ctx, m.listable)
}

func (m *Management) defineOne(ctx context.Context, kind string, data []byte) error {
	status, answer, err := m.server.Call(ctx, http.MethodPost, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", kind, data)
	if err == nil && status != http.StatusCreated {
		err = fmt.Errorf("%s: %.300s", http.StatusText(status), answer)
	}
	return err
}

func addon(plural, kind string) map[string]any {
	const group = "addons.stackhpc.com"
	return map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": map[string]any{"name": plural + "." + group},
		"spec": map[string]any{
			"group": group, "scope": "Namespaced", "names": map[string]any{"plural": plural, "kind": kind},
			"versions": []any{map[string]any{"name": "v1alpha1", "served": true, "storage": true, "schema": map[string]any{
				"openAPIV3Schema": map[string]any{"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}},
		},
	}
}

// listable reports whether all kinds can be used, which takes a new one a moment.
func (m *Management) listable(ctx context.Context) error {
	paths := []string{clusters, controlPlanes, infrastructure, deployments, machines, infrastructureOfDriver}
	for plural := range addons {
		paths = append(paths, "/apis/addons.stackhpc.com/v1alpha1/"+plural)
	}
	var errs []error
	for _, path := range paths {
		status, _, err := m.server.Call(ctx, http.MethodGet, path, "", nil)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("%s: %s", path, http.StatusText(status))
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
