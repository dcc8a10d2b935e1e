package catalyst

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/tunnel"
)

// lead decides whether a login goes through a bastion: the one that was asked for,
// else, like everything else that a user once chose, the one it went through
// before.
func (o *loginOptions) lead(ctx context.Context, args *execArgs, e *kubeconfig.Entry) error {
	before := o.earlier(e.Owner)
	way, port := o.way, 0
	if way.idle == 0 {
		way.idle = args.way.idle
	}
	if before != nil {
		if s := tunnelOf(*before); s != nil {
			old := wayOf(before.ExecArgs)
			if port = s.Port; way.bastion == "" && o.proxyURL == "" {
				way.bastion = old.bastion
			}
			if o.way.idle == 0 {
				way.idle = old.idle
			}
		}
	}
	if way.bastion == "" {
		way.bastion = args.way.bastion
	}
	if port != 0 && (way.bastion == noBastion || o.proxyURL != "") {
		o.left = append(o.left, port)
	}
	switch {
	case way.bastion == "", way.bastion == noBastion:
		args.way = wayThrough{}
		e.NoProxy = way.bastion == noBastion && port != 0 && o.proxyURL == ""
		return nil
	case o.embed:
		o.env.Warn(fmt.Sprintf("the login to %q goes through %s, and with --embed nobody brings up the tunnel", e.Owner.ClusterName, way.bastion),
			"run 'kubectl catalyst tunnel' beside kubectl, or log in without --embed")
		return nil
	}
	args.way = way
	port, err := o.tunnelPort(ctx, port)
	if err != nil {
		return err
	}
	e.ProxyURL = tunnel.ProxyURL(port)
	return nil
}

// endLeft ends the tunnels that logins used until now, unless others do.
func (o *loginOptions) endLeft(ctx context.Context) error {
	if o.dryRun || len(o.left) == 0 {
		return nil
	}
	k, err := o.keeper()
	if err != nil {
		return err
	}
	var errs []error
	for _, port := range o.left {
		if users := slices.DeleteFunc(portsOf(o.present), func(p int) bool { return p != port }); len(users) == 1 {
			errs = append(errs, k.End(ctx, port))
		}
	}
	return errors.Join(errs...)
}

// tunnelPort keeps the port that a login has, unless a stranger uses it now.
func (o *loginOptions) tunnelPort(ctx context.Context, port int) (int, error) {
	if port != 0 {
		k, err := o.keeper()
		if err != nil || k.Usable(ctx, port) {
			return port, err
		}
	}
	fresh, err := tunnel.FreePort(ctx, append(portsOf(o.present), o.ports...))
	o.ports = append(o.ports, fresh)
	return fresh, err
}

// earlier finds the login whose way a new one takes over: the same identity's, else
// anybody's to that cluster, because the way there is the same for all on this
// machine.
func (o *loginOptions) earlier(owner kubeconfig.Owner) *kubeconfig.Owned {
	for _, same := range []func(kubeconfig.Owned) bool{
		func(l kubeconfig.Owned) bool { return l.ClusterUUID == owner.ClusterUUID && owner.Replaces(l.Owner) },
		func(l kubeconfig.Owned) bool { return l.ClusterUUID == owner.ClusterUUID && tunnelOf(l) != nil },
	} {
		if i := slices.IndexFunc(o.present, same); i >= 0 {
			return &o.present[i]
		}
	}
	return nil
}

// leadShared does so for a login that somebody shared. Their port means nothing
// here, and the host may be reached in another way from here.
func (o *loginOptions) leadShared(ctx context.Context, l *sharedLogin) error {
	if !l.runsUs() {
		if o.way.bastion != "" && o.way.bastion != noBastion {
			return clierr.New(clierr.Usage, "use 'kubectl catalyst tunnel' with it", "context %q brings its credential itself: nobody would bring up the tunnel through --bastion", l.Context)
		}
		return nil
	}
	if _, theirs := tunnel.Port(l.ProxyURL); o.proxyURL != "" {
		l.args.way = wayThrough{}
	} else if theirs && l.args.way.bastion != "" {
		l.ProxyURL = ""
	}
	return o.lead(ctx, &l.args, &l.Entry)
}
