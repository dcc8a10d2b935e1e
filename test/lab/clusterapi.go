package lab

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/proc"
)

// startClusterAPI starts the controllers and has Magnum make prod, whose API
// server gets controllers of its own.
func (l *Lab) startClusterAPI(ctx context.Context, nodes int) (err error) {
	if l.controllers, err = l.management.Control(l.plane, filepath.Join(logs(l.dir), "clusterapi.log")); err != nil {
		return err
	}
	if err := l.Create(ctx, "prod", max(nodes, 1)); err != nil {
		return err
	}
	prod, err := l.find(ctx, "prod")
	if err != nil {
		return err
	}
	l.services.Clusters = append(l.services.Clusters, prod.Cluster)
	if l.KubeAPI, err = l.run(ctx, prod); err != nil {
		return err
	}
	// Nobody renews the leases of nodes that do not exist.
	if err := prod.server.RunControllers(ctx, "--controllers=*,-node-lifecycle-controller"); err != nil || nodes == 0 {
		return err
	}
	return prod.server.RunNodes(ctx, 0)
}

// Create makes a cluster of alice's and returns when it is complete.
func (l *Lab) Create(ctx context.Context, name string, nodes int) error {
	token, err := l.Token(ctx, "alice")
	if err != nil {
		return err
	}
	if err := l.services.Create(ctx, token, name, "kubernetes-v1.36.3", nodes); err != nil {
		return err
	}
	var status string
	err = proc.Ready(ctx, func(ctx context.Context) (err error) {
		if status, err = l.services.Status(ctx, token, name); status == "CREATE_IN_PROGRESS" {
			err = fmt.Errorf("the cluster %s is %s", name, status)
		}
		return err
	})
	if err == nil && status != "CREATE_COMPLETE" {
		err = fmt.Errorf("the cluster %s ended in %s", name, status)
	}
	return err
}
