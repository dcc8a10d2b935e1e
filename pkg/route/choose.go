package route

import (
	"context"
	"errors"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/tunnel"
)

// Chooser chooses the routes of the logins of one run.
type Chooser struct {
	Tunnels  *Tunnels
	Logins   []kubeconfig.Owned // those in the kubeconfig
	Bastion  Bastion            // what was asked for
	ProxyURL string             // likewise
	Embed    bool               // nobody will bring up a tunnel

	given  []int // ports of the tunnels of this run
	unused []int // ports of tunnels that a login no longer uses
}

// Choice is the route of one login.
type Choice struct {
	Bastion  Bastion
	ProxyURL string // of the tunnel through the bastion; "" leaves the entry's
	NoProxy  bool   // the login had a tunnel as its proxy, and is to have none
}

// Choose decides whether a login goes through a bastion: the one that was asked
// for, else, like everything else that a user once chose, the one it went through
// before, else the one that a shared file offers.
func (c *Chooser) Choose(ctx context.Context, owner kubeconfig.Owner, offered Bastion) (Choice, error) {
	b, port := c.Bastion, 0
	if b.Idle == 0 {
		b.Idle = offered.Idle
	}
	if before := c.earlier(owner); before != nil {
		if s := TunnelOf(*before); s != nil {
			old := bastionOf(before.ExecArgs)
			if port = s.Port; b.Host == "" && c.ProxyURL == "" {
				b.Host = old.Host
			}
			if c.Bastion.Idle == 0 {
				b.Idle = old.Idle
			}
		}
	}
	if b.Host == "" {
		b.Host = offered.Host
	}
	if port != 0 && (b.Host == NoBastion || c.ProxyURL != "") {
		c.unused = append(c.unused, port)
	}
	switch {
	case !b.IsHost():
		return Choice{NoProxy: b.Host == NoBastion && port != 0 && c.ProxyURL == ""}, nil
	case c.Embed:
		return Choice{Bastion: b}, nil
	}
	port, err := c.tunnelPort(ctx, port)
	return Choice{Bastion: b, ProxyURL: tunnel.ProxyURL(port)}, err
}

// earlier finds the login whose route a new one takes over: the same identity's,
// else anybody's to that cluster, because the route there is the same for all on
// this machine.
func (c *Chooser) earlier(owner kubeconfig.Owner) *kubeconfig.Owned {
	for _, same := range []func(kubeconfig.Owned) bool{
		func(l kubeconfig.Owned) bool { return l.ClusterUUID == owner.ClusterUUID && owner.Replaces(l.Owner) },
		func(l kubeconfig.Owned) bool { return l.ClusterUUID == owner.ClusterUUID && TunnelOf(l) != nil },
	} {
		if i := slices.IndexFunc(c.Logins, same); i >= 0 {
			return &c.Logins[i]
		}
	}
	return nil
}

// tunnelPort returns the port that a login has, unless a stranger uses it now.
func (c *Chooser) tunnelPort(ctx context.Context, port int) (int, error) {
	if port != 0 {
		k, err := c.Tunnels.Keeper()
		if err != nil || k.Usable(ctx, port) {
			return port, err
		}
	}
	fresh, err := tunnel.FreePort(ctx, append(Ports(c.Logins), c.given...))
	c.given = append(c.given, fresh)
	return fresh, err
}

// CloseUnused ends the tunnels that logins used until now, unless others do.
func (c *Chooser) CloseUnused(ctx context.Context) error {
	if len(c.unused) == 0 {
		return nil
	}
	k, err := c.Tunnels.Keeper()
	if err != nil {
		return err
	}
	var errs []error
	for _, port := range c.unused {
		if users := slices.DeleteFunc(Ports(c.Logins), func(p int) bool { return p != port }); len(users) == 1 {
			errs = append(errs, k.End(ctx, port))
		}
	}
	return errors.Join(errs...)
}
