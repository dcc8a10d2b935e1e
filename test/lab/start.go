package lab

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/debian"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/clusterapi"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/kube"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/openstack"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/proc"
)

// find returns the root with OpenStack and, when asked for, the tools of
// Kubernetes.
func find(ctx context.Context, o Options) (root debian.Root, tools kube.Tools, err error) {
	if err := available(o); err != nil {
		return "", "", err
	}
	if root, err = o.accounts().Release.Image().Root(); err != nil || !o.Kube {
		return root, "", err
	}
	tools, err = kube.Find(ctx)
	return root, tools, err
}

func (l *Lab) start(ctx context.Context, root debian.Root, o Options) (err error) {
	if err := os.MkdirAll(logs(l.dir), 0o700); err != nil {
		return err
	}
	if l.dead, err = proc.Reserve(); err != nil {
		return err
	}
	hook, err := l.listen()
	if err != nil {
		return err
	}
	if err := together(
		func() error { return l.startOpenStack(ctx, root, hook, o) },
		func() (err error) {
			if o.Kube {
				l.plane, err = kube.Start(ctx, kube.Options{
					Tools: l.tools, Dir: filepath.Join(l.dir, "kube"), Group: l.group, Webhook: hook + "/tokenreview",
				})
			}
			if err == nil && o.Cloud == ClusterAPI {
				l.management, err = clusterapi.Start(ctx, l.plane, filepath.Join(l.dir, "openstack", "capi"))
			}
			return err
		}); err != nil {
		return err
	}
	close(l.ready)
	switch {
	case !o.Kube:
		return nil
	case o.Cloud == ClusterAPI:
		return l.startClusterAPI(ctx, o.Nodes)
	}
	return l.startProd(ctx, o.Nodes)
}

func (l *Lab) startOpenStack(ctx context.Context, root debian.Root, hook string, o Options) error {
	s, err := openstack.Start(ctx, root, openstack.Options{
		Release: o.accounts().Release, Dir: filepath.Join(l.dir, "openstack"), Group: l.group,
		BcryptRounds: o.BcryptRounds, FullCost: o.FullCost, TokenSeconds: int(o.TokenLife.Seconds()),
		HookURL: hook, DeadURL: "http://" + l.dead.Addr(),
		Address: func(c openstack.Cluster) (string, error) { return l.seeded(c, o.Kube) },
	})
	if err != nil {
		return err
	}
	l.services, l.KeystoneURL, l.MagnumURL = s, s.KeystoneURL, s.MagnumURL
	return nil
}

// startProd starts the API server of prod, which is the one with controllers.
func (l *Lab) startProd(ctx context.Context, nodes int) error {
	url, err := l.KubeFor(ctx, "prod")
	if err != nil {
		return err
	}
	l.KubeAPI = url
	prod, err := l.find(ctx, "prod")
	if err != nil {
		return err
	}
	if err := prod.server.RunControllers(ctx); err != nil || nodes == 0 {
		return err
	}
	return prod.server.RunNodes(ctx, nodes)
}

// release gives back all ports.
func (l *Lab) release() {
	if l.services != nil {
		l.services.Release()
	}
	if l.plane != nil {
		l.plane.Release()
	}
	if l.dead != nil {
		l.dead.Release()
	}
	for _, c := range l.clusters {
		if c.port != nil {
			c.port.Release()
		}
	}
	if l.management != nil {
		l.management.Release()
	}
}

// together runs functions side by side and returns all their errors.
func together(fs ...func() error) error {
	results := make(chan error, len(fs))
	for _, f := range fs {
		go func() { results <- f() }()
	}
	var errs []error
	for range fs {
		errs = append(errs, <-results)
	}
	return errors.Join(errs...)
}
