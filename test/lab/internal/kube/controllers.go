package kube

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/proc"
)

// RunControllers starts the controller manager and returns when it has made the
// default service account, without which no pod may be created. flags are added to
// its own.
func (a *APIServer) RunControllers(ctx context.Context, flags ...string) error {
	p, err := a.component("kube-controller-manager", append([]string{"--kubeconfig=" + a.Kubeconfig(),
		"--secure-port=0", "--leader-elect=false", "--use-service-account-credentials=false",
		"--service-account-private-key-file=" + filepath.Join(a.dir, "accounts.key")}, flags...)...)
	if err != nil {
		return err
	}
	if err := proc.Ready(ctx, func(ctx context.Context) error {
		return healthy(ctx, a.client, a.URL()+"/api/v1/namespaces/default/serviceaccounts/default", a.Token)
	}, p); err != nil {
		return fmt.Errorf("starting the controller manager: %w", err)
	}
	return nil
}

// RunNodes starts the scheduler and kwok with that many pretended nodes, on
// which pods become Running and get addresses, and returns when they are ready.
func (a *APIServer) RunNodes(ctx context.Context, nodes int) error {
	scheduler, err := a.component("kube-scheduler", "--kubeconfig="+a.Kubeconfig(), "--secure-port=0", "--leader-elect=false")
	if err != nil {
		return err
	}
	kwok, err := a.component("kwok", "--kubeconfig="+a.Kubeconfig(), "--config="+a.plane.Tools.Path("stages.yaml"),
		"--manage-all-nodes", "--cidr=10.64.0.0/16", "--node-ip=127.0.0.1")
	if err != nil {
		return err
	}
	for i := range nodes {
		if err := a.create(ctx, "/api/v1/nodes", node(i)); err != nil {
			return fmt.Errorf("creating nodes: %w", err)
		}
	}
	if err := proc.Ready(ctx, func(ctx context.Context) error { return a.nodesReady(ctx, nodes) }, scheduler, kwok); err != nil {
		return fmt.Errorf("starting nodes: %w", err)
	}
	return nil
}

func (a *APIServer) component(name string, args ...string) (*proc.Process, error) {
	return a.plane.Group.Start(name+"-"+a.name, exec.Command(a.plane.Tools.Path(name), args...))
}

func node(i int) map[string]any {
	name, cidr := fmt.Sprintf("node-%d", i), fmt.Sprintf("10.64.%d.0/24", i)
	return map[string]any{
		"apiVersion": "v1", "kind": "Node",
		"metadata": map[string]any{"name": name, "labels": map[string]string{
			"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
		}},
		"spec": map[string]any{"podCIDR": cidr, "podCIDRs": []string{cidr}},
	}
}

func (a *APIServer) nodesReady(ctx context.Context, want int) error {
	var list struct {
		Items []struct {
			Status struct {
				Conditions []struct{ Type, Status string }
			}
		}
	}
	if err := a.get(ctx, "/api/v1/nodes", &list); err != nil {
		return err
	}
	ready := 0
	for _, n := range list.Items {
		for _, c := range n.Status.Conditions {
			if c.Type == "Ready" && c.Status == "True" {
				ready++
			}
		}
	}
	if ready < want {
		return fmt.Errorf("%d of %d nodes are ready", ready, want)
	}
	return nil
}
