// Package kube runs a real Kubernetes control plane, built from its Go modules:
// one etcd, and an API server for each cluster that a test wants to reach.
package kube

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/gotool"
)

// Version is the release of Kubernetes that is built; kubetools/go.mod agrees.
const Version = "v1.36.3"

// kubetools is the module that lists the tools.
const kubetools = "test/lab/kubetools"

// Tools is the folder with etcd, kube-apiserver, kube-controller-manager,
// kube-scheduler, kubectl and kwok, and stages.yaml for the last one.
type Tools string

// Path returns the path of a tool.
func (t Tools) Path(name string) string { return filepath.Join(string(t), name) }

// ldflags stamp the version: without it kubectl finds the server too old.
func ldflags() string {
	v := strings.Split(strings.TrimPrefix(Version, "v"), ".")
	const at = "-X k8s.io/component-base/version."
	return at + "gitVersion=" + Version + " " + at + "gitMajor=" + v[0] + " " + at + "gitMinor=" + v[1]
}

// ControlPlane is what the tools are built from.
func ControlPlane() gotool.Tool {
	return gotool.Tool{
		Name: "kubernetes", Version: Version, Module: kubetools, Ldflags: ldflags(),
		Packages: []string{"./controlplane", kubectl, "sigs.k8s.io/kwok/cmd/kwok"},
		Finish:   finish,
	}
}

// Find returns the tools, which must have been prepared.
func Find(ctx context.Context) (Tools, error) {
	dir, err := ControlPlane().Find(ctx)
	return Tools(dir), err
}

// finish gives the one program of the control plane its names, and writes
// stages.yaml.
func finish(ctx context.Context, module, to string) error {
	for _, part := range []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"} {
		if err := os.Symlink("controlplane", filepath.Join(to, part)); err != nil {
			return err
		}
	}
	kwok, err := gotool.Run(ctx, module, "list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kwok")
	if err != nil {
		return err
	}
	return stages(filepath.Join(kwok, "kustomize", "stage"), filepath.Join(to, "stages.yaml"))
}

// stages joins the files that tell kwok how nodes and pods come to life.
func stages(from, to string) error {
	var all bytes.Buffer
	for _, kind := range []string{"node/fast", "node/heartbeat-with-lease", "pod/fast"} {
		names, err := filepath.Glob(filepath.Join(from, kind, "*.yaml"))
		if err != nil {
			return err
		}
		for _, name := range names {
			if filepath.Base(name) == "kustomization.yaml" {
				continue
			}
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			fmt.Fprintf(&all, "---\n%s\n", data)
		}
	}
	return os.WriteFile(to, all.Bytes(), 0o600)
}
