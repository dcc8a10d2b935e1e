package catalyst

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cloud"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/credential"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/kubeconfig"
)

// revokeTimeout bounds how long a logout waits for Keystone, without which it is
// complete on this machine.
const revokeTimeout = 5 * time.Second

// forget clears the private cache of logins that are gone, and of the Keystone
// tokens that no login uses any more, which are then revoked.
func (o *logoutOptions) forget(ctx context.Context, present, removed []kubeconfig.Owned) error {
	if o.store() == nil {
		return nil
	}
	left := o.holders(remaining(present, removed))
	var errs []error
	var valid []cloud.KeptToken
	for _, r := range removed {
		who := o.holder(r)
		if who == nil {
			continue
		}
		for _, mode := range []credential.Mode{credential.ModeKeystone, credential.ModeCertificate} {
			ref := pinnedRef(pinOf(r.Owner), r.Region, r.ClusterUUID, mode)
			if r.Owner.User == "" {
				ref.Identity = who.Identity().Key()
			}
			errs = append(errs, credential.Forget(o.store(), ref))
		}
		if slices.ContainsFunc(left, who.SharesToken) {
			continue
		}
		tokens, err := who.SignOut()
		valid, errs = append(valid, tokens...), append(errs, err)
	}
	if !o.keepToken {
		o.revoke(ctx, valid)
	}
	return errors.Join(errs...)
}

// holders returns whose tokens some logins use, each once.
func (o *logoutOptions) holders(logins []kubeconfig.Owned) []*cloud.Cloud {
	type place struct {
		pin    cloud.Pin
		region string
	}
	seen := map[place]bool{}
	var all []*cloud.Cloud
	for _, l := range logins {
		at := place{pin: pinOf(l.Owner)}
		if l.Owner.User == "" {
			at.region = l.Region // decides about whom the environment names
		}
		if seen[at] {
			continue
		}
		seen[at] = true
		if who := o.holder(l); who != nil {
			all = append(all, who)
		}
	}
	return all
}

// holder returns whose tokens a login uses: those of the identity it is pinned
// to, or of whoever the user is now. Without the network; nil when nobody can be
// made out, who then has nothing in the cache either.
func (o *logoutOptions) holder(l kubeconfig.Owned) *cloud.Cloud {
	opts := cloud.Options{
		Store: o.store(), Getenv: o.env.Getenv, Now: o.env.Now, Cloud: o.Cloud, Region: l.Region, SkipFolder: true,
		Debug: func(level int, message string) { o.debug(level, message) },
	}
	if l.Owner.User != "" {
		opts.Pin, opts.Cloud = pinOf(l.Owner), ""
	}
	c, err := cloud.Resolve(opts)
	if err != nil {
		return nil
	}
	return c
}

// revoke asks Keystone to refuse tokens from now on. What it cannot do is a
// warning: everything on this machine is gone.
func (o *logoutOptions) revoke(ctx context.Context, valid []cloud.KeptToken) {
	valid = slices.DeleteFunc(valid, func(t cloud.KeptToken) bool { return t.Given })
	if len(valid) == 0 {
		return
	}
	progress := o.env.Progress()
	progress.Line("logout").Set("revoking the Keystone token")
	ctx, cancel := context.WithTimeoutCause(ctx, revokeTimeout, fmt.Errorf("no answer within %s", revokeTimeout))
	defer cancel()
	errs := make([]error, len(valid))
	var wg sync.WaitGroup
	for i, t := range valid {
		wg.Go(func() {
			if errs[i] = t.Revoke(ctx); errs[i] != nil && ctx.Err() != nil {
				errs[i] = context.Cause(ctx)
			}
		})
	}
	wg.Wait()
	progress.Close()
	for i, err := range errs {
		if err != nil {
			o.env.Warn(fmt.Sprintf("the token of %s could not be revoked and stays valid until %s: %v",
				valid[i].Owner(), valid[i].Expires.UTC().Format(time.RFC3339), err), clierr.Hint(err))
		}
	}
}
