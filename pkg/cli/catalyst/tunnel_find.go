package catalyst

import (
	"context"
	"errors"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/tunnel"
)

// spec finds the cluster: among the logins, else in the cloud.
func (o *tunnelOptions) spec(ctx context.Context) (*tunnel.Spec, error) {
	files, err := kubeconfig.Locate(o.kubeconfig, o.env.Getenv)
	if err != nil {
		return nil, err
	}
	files.Warn = func(m string) { o.env.Warn(m, "") }
	present, err := files.List()
	if err != nil {
		return nil, err
	}
	for _, l := range present {
		if l.Context != "" && named(l, o.cluster) {
			return o.ofLogin(ctx, l, present)
		}
	}
	if o.bastion == "" {
		return nil, clierr.New(clierr.Usage, "name a bastion: --bastion USER@HOST", "no login to %q goes through a bastion", o.cluster)
	}
	who, err := o.resolve()
	if err != nil {
		return nil, err
	}
	s, err := connect(ctx, who)
	if err != nil {
		return nil, err
	}
	c, err := s.magnum.Cluster(ctx, o.cluster)
	if err != nil {
		return nil, err
	}
	u, err := c.APIServer()
	if err != nil {
		return nil, err
	}
	o.result = tunnelResult{Cluster: c.Name, UUID: c.UUID, Server: u.String()}
	return o.fresh(ctx, present)
}

// ofLogin is the tunnel that a login uses, or one of its own to the same server.
func (o *tunnelOptions) ofLogin(ctx context.Context, l kubeconfig.Owned, present []kubeconfig.Owned) (*tunnel.Spec, error) {
	o.result = tunnelResult{Cluster: l.ClusterName, UUID: l.ClusterUUID, Server: l.Server}
	s := tunnelOf(l)
	if s == nil || o.port != 0 && o.port != s.Port {
		return o.fresh(ctx, present)
	}
	if o.bastion != "" {
		if b, err := tunnel.ParseBastion(o.bastion); err != nil || b.String() != s.Bastion.String() {
			return o.fresh(ctx, present)
		}
	}
	o.login = l.Context
	return s, nil
}

// fresh is a tunnel that no login uses.
func (o *tunnelOptions) fresh(ctx context.Context, present []kubeconfig.Owned) (*tunnel.Spec, error) {
	if o.bastion == "" {
		return nil, clierr.New(clierr.Usage, "name a bastion: --bastion USER@HOST", "the login to %q goes through no bastion", o.cluster)
	}
	port := o.port
	if port == 0 {
		var err error
		if port, err = tunnel.FreePort(ctx, portsOf(present)); err != nil {
			return nil, err
		}
	}
	w := wayThrough{bastion: o.bastion}
	s, err := w.spec(o.result.Server, tunnel.ProxyURL(port))
	if err == nil && s == nil {
		err = errors.New("there is no bastion")
	}
	return s, err
}
