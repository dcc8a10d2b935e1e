package lab

import (
	"context"
	"fmt"
	"strings"

	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/openstack"
	"github.com/catalyst-cloud/kubectl-catalyst/test/lab/internal/proc"
)

// RotateCA replaces the CA of a cluster in Magnum, waits until the cluster is
// updated, and restarts its API server if that runs.
func (l *Lab) RotateCA(ctx context.Context, ref string) error {
	c, err := l.find(ctx, ref)
	if err != nil {
		return err
	}
	token, err := l.services.Token(ctx, c.User, c.Project)
	if err != nil {
		return err
	}
	if err := l.services.Rotate(ctx, token, c.UUID); err != nil {
		return err
	}
	if err := proc.Ready(ctx, func(ctx context.Context) error {
		status, err := l.services.Status(ctx, token, c.UUID)
		if err == nil && !strings.HasSuffix(status, "_COMPLETE") {
			err = fmt.Errorf("the cluster %q is %s", ref, status)
		}
		return err
	}); err != nil {
		return fmt.Errorf("rotating the CA of %q: %w", ref, err)
	}
	l.mu.Lock()
	runs := c.server != nil
	l.mu.Unlock()
	if !runs {
		return nil
	}
	return l.RestartAPIServer(ctx, ref)
}

// owner is a cluster's CA in the hands of the user who created the cluster.
type owner struct {
	services *openstack.Services
	cluster  openstack.Cluster
}

func (o owner) CA(ctx context.Context) ([]byte, error) {
	token, err := o.services.Token(ctx, o.cluster.User, o.cluster.Project)
	if err != nil {
		return nil, err
	}
	return o.services.CA(ctx, token, o.cluster.UUID)
}

func (o owner) Sign(ctx context.Context, csr []byte) ([]byte, error) {
	token, err := o.services.Token(ctx, o.cluster.User, o.cluster.Project)
	if err != nil {
		return nil, err
	}
	return o.services.Sign(ctx, token, o.cluster.UUID, csr)
}

// CA returns the CA certificate of a cluster as PEM, asked for by its creator.
func (l *Lab) CA(ctx context.Context, ref string) ([]byte, error) {
	c, err := l.find(ctx, ref)
	if err != nil {
		return nil, err
	}
	return owner{l.services, c.Cluster}.CA(ctx)
}

// Sign has the CA of a cluster sign a certificate request in the name of the
// cluster's creator; both are PEM.
func (l *Lab) Sign(ctx context.Context, ref string, csr []byte) ([]byte, error) {
	c, err := l.find(ctx, ref)
	if err != nil {
		return nil, err
	}
	return owner{l.services, c.Cluster}.Sign(ctx, csr)
}
